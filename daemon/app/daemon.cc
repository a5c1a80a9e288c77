#include "app/daemon.h"

#include <array>
#include <cstdint>
#include <thread>
#include <utility>
#include <vector>

#include "app/build_info.h"
#include "app/descriptors.h"
#include "app/poll_schedule.h"
#include "base/scrub.h"

namespace defenderd {
namespace {

// A reconcile makes at most four calls, each within the request timeout and its wait for the
// budget.
Duration longest_reconcile(const Settings& settings) {
  return 6 * settings.azure.request_timeout + std::chrono::minutes(2);
}

Error as_error(const std::vector<Problem>& problems) {
  std::string text = format(problems);
  if (text.ends_with('\n')) text.pop_back();
  return Error{std::move(text)};
}

}  // namespace

Daemon::Daemon(Options options, Config::Loaded loaded, std::unique_ptr<Config> config, Clock& clock)
    : options_(std::move(options)),
      clock_(clock),
      started_(clock.wall_now()),
      longest_reconcile_(longest_reconcile(loaded.settings)),
      config_(std::move(config)),
      outlets_(standard_outlets()),
      log_(loaded.settings.log.level, loaded.settings.log.format, clock, outlets_.error),
      reloader_(*config_, clock, log_,
                {options_.config_path, options_.desired_path,
                 [this](Config::Change change) { take_over(std::move(change)); }}),
      metrics_(board_, coverage_,
               {loaded.settings.server.per_subscription_metrics, std::string(kVersion),
                std::string(kRevision), [this] { return log_.stats(); }}),
      outcome_log_(log_),
      azure_watch_(metrics_, log_),
      graph_watch_(metrics_, log_, bulk_interval(loaded.settings.poll).has_value()),
      settings_(std::move(loaded.settings)),
      desired_(std::move(loaded.desired)),
      config_loaded_(started_) {}

Result<std::unique_ptr<Daemon>> Daemon::create(Options options, const Environment& environment,
                                               Clock& clock, const std::stop_token& stop) {
  auto config = std::make_unique<Config>(options.config_path, options.desired_path);
  auto loaded = config->load(clock, stop, options.waits);
  if (!loaded) return Unexpected(as_error(loaded.error()));
  const std::vector<std::string> warnings = std::move(loaded->warnings);
  std::unique_ptr<Daemon> daemon(
      new Daemon(std::move(options), *std::move(loaded), std::move(config), clock));
  daemon->warn_of_odd_files(warnings);
  if (auto started = daemon->start(environment); !started) return Unexpected(started.error());
  return daemon;
}

Result<Done> Daemon::start(const Environment& environment) {
  if (auto opened = start_journal(); !opened) return opened;
  auto azure = AzureStack::create(settings_, environment, clock_, azure_watch_.observers());
  if (!azure) return Unexpected(azure.error());
  azure_ = *std::move(azure);
  safety_ = make_safety();
  if (auto opened = start_state(); !opened) return opened;
  reconciler_ = std::make_unique<Reconciler>(azure_->plans(), clock_, reconciler_options());
  controller_ = std::make_unique<Controller>(
      *reconciler_, clock_, [this](const Lane& lane) { return azure_->throttle().ready_at(lane); },
      [this] { return random_.unit(); }, listener(), controller_options());
  sweeper_ = std::make_unique<BulkSweeper>(*controller_, azure_->bulk(), clock_,
                                           bulk_interval(settings_.poll), graph_watch_.listener());
  metrics_.watch_departures([this] { return departures_.count(clock_.wall_now()); });
  metrics_.watch_queue([this] {
    const WorkQueue::Stats stats = controller_->stats().queue;
    return QueueStats{static_cast<double>(stats.due), stats.oldest_age};
  });
  metrics_.config_hash("settings", settings_.hash);
  metrics_.config_hash("desired", desired_.hash);
  metrics_.config_reloaded(true, started_);
  follower_ = make_scope_follower(environment);
  follower_->set_declared(desired_);
  desired_.subscriptions = {};  // they stand on the board, and the controller has them
  HttpServerOptions server;
  server.host = settings_.server.host;
  server.port = settings_.server.port;
  server.clock = &clock_;
  server.routes = make_routes(
      board_, coverage_, metrics_, hooks(),
      {settings_.server.lifecycle, {settings_.server.host, settings_.server.allowed_hosts}});
  server.on_exception = [this](std::string_view what, std::size_t count) {
    log_.log(
        LogLevel::Error, log_event::kBug,
        "a request handler threw, please report it: " + foreign_text(what) +
            (count == 1 ? "" : " (" + std::to_string(count) + " times since it was logged last)"),
        {{log_key::kCount, std::to_string(count)}});
  };
  server.on_refused = [this](Refused why) {
    metrics_.http_refused(kHttpRefusals.at(static_cast<std::size_t>(why)));
  };
  auto listening = HttpServer::start(std::move(server));
  if (!listening) return Unexpected(listening.error());
  server_ = *std::move(listening);
  return Done{};
}

Controller::Options Daemon::controller_options() const {
  return {.workers = settings_.poll.workers, .schedule = schedule_of(settings_.poll)};
}

void Daemon::run(const std::stop_token& stop, StopStage& stage) {
  const std::string listen = listen_address();
  log_.log(
      LogLevel::Info, log_event::kStarted,
      "defenderd " + std::string(kVersion) + " keeps " +
          count_text(controller_->stats().declared, desired_.scopes.size()) + " as declared" +
          (options_.observe_only ? ", only observing (--observe)" : "") + "; " +
          azure_->description() + "; " + observation_text(settings_.poll) + "; listening on " +
          listen,
      {{log_key::kVersion, kVersion}, {log_key::kRevision, kRevision}, {log_key::kListen, listen}});
  warn_of_descriptors();
  std::jthread watcher([this](const std::stop_token& ended) { reloader_.run(ended); });
  std::jthread looker([this](const std::stop_token& ended) { follower_->run(ended); });
  std::jthread sweeper([this](const std::stop_token& ended) { sweeper_->run(ended); });
  std::jthread saver([this](const std::stop_token& ended) { state_->run(ended); });
  stage.enter("a reconcile");
  controller_->run(stop);
  const std::array<std::pair<const char*, std::jthread*>, 4> others{
      {{"the look at the files", &watcher},
       {"the look for subscriptions", &looker},
       {"a query of Azure Resource Graph", &sweeper},
       {"the state file", &saver}}};
  for (const auto& [name, thread] : others) thread->request_stop();
  for (const auto& [name, thread] : others) {
    stage.enter(name);
    thread->join();
  }
  stage.enter("the state file");
  state_->save_if_changed();
  stage.enter("an answer of the server");
  server_->stop();
  log_.log(LogLevel::Info, log_event::kStopped, "defenderd has stopped; nothing is under way");
}

void Daemon::warn_of_descriptors() {
  constexpr std::uint64_t kEnough = 1024;
  const std::uint64_t limit = descriptor_limit();
  if (limit >= kEnough) return;
  const std::string count = std::to_string(limit);
  log_.log(LogLevel::Warn, log_event::kDescriptors,
           "this process may open only " + count +
               " files and connections at once; raise its hard limit (LimitNOFILE of systemd, "
               "ulimit -Hn) to " +
               std::to_string(kEnough) + " or more",
           {{log_key::kCount, count}});
}

// The journal first: who sees what a subscription has become also sees how it came to that.
void Daemon::on_reconciled(const Outcome& outcome, const Attempt& attempt) {
  journal_->record(outcome);
  board_.record(outcome, attempt.at,
                attempt.at + std::chrono::duration_cast<WallTime::duration>(attempt.next_in),
                attempt.failures);
  metrics_.reconciled(outcome, attempt.took);
  outcome_log_.record(outcome);
  outcome_log_.warn_of_suspension_end(outcome.desired, attempt.at);
  safety_->record(outcome);
  show_brakes();
}

void Daemon::on_departed(const Outcome& outcome) {
  safety_->record(outcome);
  show_brakes();
  if (outcome.changes.empty()) return;
  outcome_log_.record(outcome);
  journal_->record(outcome);
}

void Daemon::on_bulk_seen(const BulkSeen& seen) {
  for (const BulkSeen::First& first : seen.first) {
    board_.record(first.outcome, seen.at, first.next_due, 0, ObservedBy::Graph);
    outcome_log_.record(first.outcome);
    safety_->record(first.outcome);
  }
  if (!seen.first.empty()) show_brakes();
  board_.seen_by_graph(seen.again, seen.at);
}

void Daemon::on_sweep(WallTime now) {
  metrics_.sweep_completed(now);
  if (!follower_->attempted() || first_sweep_done_.exchange(true)) return;
  std::size_t in_sync = 0;
  const StatusSnapshot snapshot = board_.snapshot();
  for (const auto& row : snapshot.rows) in_sync += row->in_sync() ? 1 : 0;
  log_.log(LogLevel::Info, log_event::kFirstSweep,
           "every subscription has been looked at: " + std::to_string(in_sync) + " of " +
               std::to_string(snapshot.rows.size()) + " are as declared");
}

void Daemon::warn_of_odd_files(const std::vector<std::string>& warnings) {
  for (const std::string& warning : warnings) {
    log_.log(LogLevel::Warn, log_event::kOddFile, warning);
  }
}

void Daemon::take_over(Config::Change change) {
  warn_of_odd_files(change.warnings);
  if (change.settings) take_over(*std::move(change.settings));
  if (change.desired) take_over(*std::move(change.desired));
  const WallTime now = clock_.wall_now();
  if (change.failed) {
    metrics_.config_reloaded(false, now);
    for (const Problem& problem : config_->problems()) {
      log_.log(LogLevel::Error, log_event::kReloadFailed,
               format(problem) + "; the last good file stays in force",
               {{log_key::kFile, problem.file}});
    }
  } else if (change.settings || change.desired || change.recovered) {
    metrics_.config_reloaded(config_->problems().empty(), now);
  }
}

void Daemon::take_over(Settings settings) {
  for (const std::string& name : needing_restart(settings_, settings)) {
    log_.log(
        LogLevel::Warn, log_event::kRestartNeeded,
        name + " has changed, but cannot change while defenderd runs; restart it to take it over");
  }
  log_.set_level(settings.log.level);
  azure_->throttle().set_rates({settings.azure.reads_per_second, settings.azure.writes_per_second});
  const PollSettings& poll = settings.poll;
  controller_->set_schedule(schedule_of(poll));
  sweeper_->set_interval(bulk_interval(poll));
  graph_watch_.set_in_use(bulk_interval(poll).has_value());
  follower_->set_intervals(poll.interval, poll.full_interval);
  take_over_safety(settings);
  metrics_.config_hash("settings", settings.hash);
  log_.log(LogLevel::Info, log_event::kReloaded, "the settings have been read again",
           {{log_key::kFile, options_.config_path}});
  {
    const std::scoped_lock lock(mutex_);
    settings_ = std::move(settings);
    config_loaded_ = clock_.wall_now();
  }
  warn_of_budget(declared());
}

// By entries and by scopes.
std::vector<Declaration> Daemon::declared() const {
  std::vector<Declaration> result;
  const StatusSnapshot snapshot = board_.snapshot();
  result.reserve(snapshot.rows.size());
  for (const auto& row : snapshot.rows) result.push_back(row->desired);
  return result;
}

void Daemon::report_departures(const Departures::News& news) {
  const DepartedEdit& edit = news.edit;
  if (edit.left > 0) {
    const std::string files = text_of(edit.files);
    log_.log(edit.many ? LogLevel::Warn : LogLevel::Info, log_event::kLeftList,
             std::to_string(edit.left) + " of " + count_text(edit.declared, 0) +
                 " left the desired state by this edit and are left as they are: " + files +
                 (edit.many ? "; if that was not wanted, declare them again" : ""),
             {{log_key::kFile, files}, {log_key::kCount, std::to_string(edit.left)}});
  }
  if (news.returned > 0) {
    log_.log(LogLevel::Info, log_event::kLeftList,
             count_text(news.returned, 0) + " that had left the desired state " +
                 (news.returned == 1 ? "is" : "are") + " declared again",
             {{log_key::kCount, std::to_string(news.returned)}});
  }
}

void Daemon::take_over(DesiredState desired) {
  const WallTime now = clock_.wall_now();
  const std::vector<Declaration> before = declared();
  follower_->set_declared(desired);
  report_departures(departures_.edited(before, declared(), now));
  metrics_.config_hash("desired", desired.hash);
  const std::string count = std::to_string(desired.subscriptions.size());
  log_.log(LogLevel::Info, log_event::kReloaded,
           "the desired state has been read again: " +
               count_text(desired.subscriptions.size(), desired.scopes.size()),
           {{log_key::kFile, options_.desired_path}, {log_key::kCount, count}});
  desired.subscriptions = {};
  const std::scoped_lock lock(mutex_);
  desired_ = std::move(desired);
  config_loaded_ = now;
}

}  // namespace defenderd
