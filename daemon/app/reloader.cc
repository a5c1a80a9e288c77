#include "app/reloader.h"

#include <algorithm>
#include <utility>

#include "app/bug_report.h"
#include "base/list_text.h"
#include "base/scrub.h"
#include "base/slow_call.h"
#include "core/scope.h"
#include "desired/restart_keys.h"

namespace defenderd {
namespace {

// How often the files are polled without and with a watch: on a network file system a watch may
// miss what another machine has written.
constexpr Duration kPoll = std::chrono::seconds(1);
constexpr int kSecondsWithWatch = 10;

// A change that is not at rest is polled often at first, because most come to rest soon.
constexpr int kQuickPolls = 100;
constexpr int kLoggedAfterPolls = 10;
constexpr Duration kSlowPoll = std::chrono::seconds(1);

// What a reload waits for: a poll of both files, and then for an edit to come to rest.
constexpr Duration kPollPatience = 2 * kFileDeadline;
constexpr Duration kRestPatience = std::chrono::seconds(3);

std::string restart_text(const std::vector<std::string>& keys) {
  return "restart defenderd to apply " + joined(keys);
}

}  // namespace

void warn_of_odd_files(const std::vector<std::string>& warnings, Logger& log) {
  for (const std::string& warning : warnings) {
    log.log(LogLevel::Warn, log_event::kOddFile, warning);
  }
}

Reloader::Reloader(std::unique_ptr<Config> config, const Config::Loaded& loaded, Settings at_start,
                   Paths paths, Appliers appliers, Metrics& metrics, Clock& clock, Logger& log)
    : config_(std::move(config)),
      at_start_(std::move(at_start)),
      paths_(std::move(paths)),
      appliers_(std::move(appliers)),
      metrics_(metrics),
      clock_(clock),
      log_(log),
      report_bug_(bug_reports(metrics, log, clock).of("files")),
      watch_({paths_.config, paths_.desired}),
      settings_(loaded.settings),
      restart_needed_(needing_restart(at_start_, loaded.settings)),
      desired_hash_(loaded.desired.hash),
      in_force_since_(clock.wall_now()),
      refused_(loaded.refused) {
  metrics_.config_hash("settings", loaded.settings.hash);
  metrics_.intervals(loaded.settings.poll.interval, loaded.settings.findings.interval);
  metrics_.config_hash("desired", loaded.desired.hash);
  count_reload();
}

void Reloader::count_reload() { metrics_.config_reloaded(problems().empty(), clock_.wall_now()); }

void Reloader::watch(const std::stop_token& stop) {
  if (!watch_.unavailable().empty()) {
    log_.log(LogLevel::Info, log_event::kWatch,
             "the files are polled every second, because their changes are not reported: " +
                 watch_.unavailable());
  }
  const OnThrow threw = [this](std::string_view doing, std::string_view what) {
    note_bug(doing, what);
  };
  while (!stop.stop_requested()) {
    if (!guarded("applying the files", threw, [&] { step(); })) {
      clock_.sleep_until(clock_.steady_now() + kPauseAfterThrow, stop);
      continue;
    }
    if (waiting_polls_ > 0) {
      clock_.sleep_until(
          clock_.steady_now() + (waiting_polls_ < kQuickPolls ? kRestAfterClose : kSlowPoll), stop);
    } else if (!watch_.wait(kPoll, stop) && watch_.complete()) {
      for (int second = 1; second < kSecondsWithWatch && !stop.stop_requested(); ++second) {
        guarded("reading other files", threw, [&] {
          if (appliers_.polled) appliers_.polled();
        });
        if (watch_.wait(kPoll, stop)) break;
      }
    }
  }
  const MutexLock lock(mutex_);
  stopped_ = true;
  changed_.notify_all();
}

void Reloader::step() {
  std::uint64_t asked = 0;
  {
    const MutexLock lock(mutex_);
    asked = asked_;
  }
  // The watch comes first: the next poll sees what happens after it.
  const Config::Writers writers{watch_.take_writer(paths_.config),
                                watch_.take_writer(paths_.desired)};
  apply_change(config_->poll(clock_, writers));
  if (appliers_.polled) appliers_.polled();
  const std::string waiting = config_->waiting();
  waiting_polls_ = waiting.empty() ? 0 : waiting_polls_ + 1;
  // Most edits come to rest earlier.
  if (waiting_polls_ == kLoggedAfterPolls) {
    log_.log(LogLevel::Info, log_event::kReloadWaits, waiting);
  }
  const bool bad = !problems().empty();
  const WallTime now = clock_.wall_now();
  bool reloaded = false;
  {
    const MutexLock lock(mutex_);
    if (!bad) {
      bad_since_.reset();
    } else if (!bad_since_) {
      bad_since_ = now;
    }
    polled_ = asked;
    waiting_ = !waiting.empty();
    reloaded = signalled_ > 0 && asked >= signalled_ && !waiting_;
    if (reloaded) signalled_ = 0;
    changed_.notify_all();
  }
  if (reloaded && appliers_.reloaded) appliers_.reloaded();
}

void Reloader::poll_soon() {
  // Before the request: its answer comes after this.
  if (appliers_.reloading) appliers_.reloading();
  {
    const MutexLock lock(mutex_);
    signalled_ = ++asked_;
  }
  watch_.wake();
}

ReloadAnswer Reloader::reload() {
  using Kind = ReloadAnswer::Kind;
  bool polled = false;
  bool still_waiting = false;
  {
    MutexLock lock(mutex_);
    if (reloading_) {
      return {Kind::Busy,
              "a reload is in progress; its result will be in the log and in /api/v1/status"};
    }
    reloading_ = true;
    const std::uint64_t mine = ++asked_;
    watch_.wake();
    polled = changed_.wait_for(lock, kPollPatience,
                               [&]() REQUIRES(mutex_) { return stopped_ || polled_ >= mine; });
    if (polled) {
      changed_.wait_for(lock, kRestPatience,
                        [&]() REQUIRES(mutex_) { return stopped_ || !waiting_; });
    }
    still_waiting = waiting_ || stopped_;
    reloading_ = false;
  }
  if (!polled)
    return {Kind::Waiting, "the files cannot be read: their file system does not answer"};
  if (still_waiting) return {Kind::Waiting, "not in force yet: " + config_->waiting()};
  std::string wrong = problems();
  if (!wrong.empty()) return {Kind::Refused, std::move(wrong)};
  const std::vector<std::string> fixed = in_force().restart_needed;
  return {Kind::Done, fixed.empty() ? "" : restart_text(fixed)};
}

Reloader::InForce Reloader::in_force() const {
  const MutexLock lock(mutex_);
  return {settings_.hash, desired_hash_,           in_force_since_,
          bad_since_,     settings_.poll.interval, restart_needed_};
}

void Reloader::recall(std::vector<FileMark> earlier) {
  config_->recall(std::move(earlier));
  if (!config_->awaits_desired()) return;
  metrics_.config_hash("desired", "");
  const MutexLock lock(mutex_);
  desired_hash_.clear();
}

std::optional<std::string> Reloader::awaits_desired() const {
  if (!config_->awaits_desired()) return std::nullopt;
  std::string why = config_->waiting();
  if (why.empty()) why = problems();
  if (why.empty()) why = paths_.desired + " may be unfinished";
  return "no desired state is in force yet: " + why;
}

Settings Reloader::settings() const {
  const MutexLock lock(mutex_);
  return settings_;
}

std::string Reloader::refused() const {
  const MutexLock lock(mutex_);
  return refused_;
}

std::string Reloader::problems() const {
  std::string text = format(config_->problems());
  {
    const MutexLock lock(mutex_);
    if (!refused_.empty()) text += refused_ + '\n';
    text += bug_;
  }
  if (text.ends_with('\n')) text.pop_back();
  return text;
}

// The files are good, but a part of the daemon failed to apply the edit.
void Reloader::note_bug(std::string_view doing, std::string_view what) {
  report_bug_(doing, what);
  metrics_.config_reloaded(false, clock_.wall_now());
  const MutexLock lock(mutex_);
  bug_ = "an edit did not take effect, please report it: " + foreign_text(what);
}

void Reloader::apply_change(Config::Change change) {
  const bool edited = change.settings || change.desired;
  if (edited) {
    const MutexLock lock(mutex_);
    bug_.clear();
    if (change.settings) refused_.clear();
  }
  warn_of_odd_files(change.warnings, log_);
  if (change.settings) apply_settings(*std::move(change.settings));
  // After the settings, which may have them.
  if (appliers_.early_freezes) appliers_.early_freezes(std::move(change.early_freezes));
  if (change.desired) apply_desired(*std::move(change.desired));
  if (change.failed) {
    metrics_.config_reloaded(false, clock_.wall_now());
    const std::string_view then = config_->awaits_desired() ? "; no desired state is in force"
                                                            : "; the last good file stays in force";
    for (const Problem& problem : config_->problems()) {
      log_.log(LogLevel::Error, log_event::kReloadFailed, format(problem).append(then),
               {{log_key::kFile, problem.file}});
    }
  } else if (edited || change.recovered) {
    count_reload();
  }
}

void Reloader::apply_settings(Settings settings) {
  compare_with_start(settings);
  for (const auto& apply_to : appliers_.settings) apply_to(settings);
  metrics_.config_hash("settings", settings.hash);
  metrics_.intervals(settings.poll.interval, settings.findings.interval);
  log_.log(LogLevel::Info, log_event::kReloaded, "the settings were reloaded",
           {{log_key::kFile, paths_.config}});
  const MutexLock lock(mutex_);
  settings_ = std::move(settings);
  in_force_since_ = clock_.wall_now();
}

// Logs each key once: when an edit changes it from what the daemon was started with.
void Reloader::compare_with_start(const Settings& settings) {
  std::vector<std::string> all = needing_restart(at_start_, settings);
  std::vector<std::string> fresh;
  bool is_over = false;
  {
    const MutexLock lock(mutex_);
    const std::vector<std::string> edited = needing_restart(settings_, settings);
    for (const std::string& key : all)
      if (std::find(edited.begin(), edited.end(), key) != edited.end()) fresh.push_back(key);
    is_over = all.empty() && !restart_needed_.empty();
    restart_needed_ = std::move(all);
  }
  if (!fresh.empty()) {
    log_.log(LogLevel::Warn, log_event::kRestartNeeded,
             "settings changed that a running daemon cannot apply; " + restart_text(fresh));
  }
  if (is_over) {
    log_.log(LogLevel::Info, log_event::kRestartNeeded,
             "no restart is needed any more: the settings are again those of the start");
  }
}

void Reloader::apply_desired(DesiredState desired) {
  const WallTime now = clock_.wall_now();
  const std::string hash = desired.hash;
  const std::string commit = desired.commit;
  const std::size_t entries = desired.subscriptions.size();
  const std::size_t scopes = desired.scopes.size();
  appliers_.desired(std::move(desired));
  metrics_.config_hash("desired", hash);
  log_.log(LogLevel::Info, log_event::kReloaded,
           "the desired state was reloaded: " + count_text(entries, scopes),
           {{log_key::kFile, paths_.desired},
            {log_key::kCount, std::to_string(entries)},
            {log_key::kCommit, commit}});
  const MutexLock lock(mutex_);
  desired_hash_ = hash;
  in_force_since_ = now;
}

}  // namespace defenderd
