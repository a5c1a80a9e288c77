#include "app/reloader.h"

#include <utility>

#include "base/slow_call.h"

namespace defenderd {
namespace {

// How often the files are looked at when nothing reports a change, and when something does: on a
// network file system it may miss what another machine has written.
constexpr Duration kLook = std::chrono::seconds(1);
constexpr Duration kLookBesideWatch = std::chrono::seconds(10);

// A change that is not at rest is looked at often at first, as most are within a moment.
constexpr int kQuickLooks = 100;
constexpr int kToldAfterLooks = 10;
constexpr Duration kSlowLook = std::chrono::seconds(1);

// What a reload waits for: a look at both files, and then for an edit to come to rest.
constexpr Duration kLookPatience = 2 * kFileDeadline;
constexpr Duration kRestPatience = std::chrono::seconds(3);

std::string text_of(const std::vector<Problem>& problems) {
  std::string text = format(problems);
  if (text.ends_with('\n')) text.pop_back();
  return text;
}

}  // namespace

Reloader::Reloader(Config& config, Clock& clock, Logger& log, Options options)
    : config_(config),
      clock_(clock),
      log_(log),
      options_(std::move(options)),
      watch_({options_.config_path, options_.desired_path}) {}

void Reloader::run(const std::stop_token& stop) {
  if (!watch_.unavailable().empty()) {
    log_.log(LogLevel::Info, log_event::kWatch,
             "the files are looked at every second, because nothing tells of their changes: " +
                 watch_.unavailable());
  }
  while (!stop.stop_requested()) {
    look();
    if (settling_looks_ > 0) {
      clock_.sleep_until(
          clock_.steady_now() + (settling_looks_ < kQuickLooks ? kSettleTime : kSlowLook), stop);
    } else {
      watch_.wait(watch_.complete() ? kLookBesideWatch : kLook, stop);
    }
  }
  const std::scoped_lock lock(mutex_);
  stopped_ = true;
  changed_.notify_all();
}

void Reloader::look() {
  std::uint64_t asked = 0;
  {
    const std::scoped_lock lock(mutex_);
    asked = asked_;
  }
  // The watch first: what happens after it is seen by the next look.
  const Config::Writers writers{watch_.take_writer(options_.config_path),
                                watch_.take_writer(options_.desired_path)};
  options_.apply(config_.poll(clock_, writers));
  const std::string waiting = config_.waiting();
  settling_looks_ = waiting.empty() ? 0 : settling_looks_ + 1;
  // Most edits are at rest before.
  if (settling_looks_ == kToldAfterLooks) {
    log_.log(LogLevel::Info, log_event::kReloadWaits, waiting);
  }
  const std::scoped_lock lock(mutex_);
  looked_ = asked;
  settling_ = !waiting.empty();
  changed_.notify_all();
}

ReloadAnswer Reloader::reload() {
  std::unique_lock lock(mutex_);
  if (reloading_) {
    return {ReloadAnswer::Kind::Busy,
            "a reload is in progress; what it comes to is in the log and in /api/v1/status"};
  }
  reloading_ = true;
  const std::uint64_t mine = ++asked_;
  watch_.wake();
  const bool looked =
      changed_.wait_for(lock, kLookPatience, [&] { return stopped_ || looked_ >= mine; });
  if (looked) changed_.wait_for(lock, kRestPatience, [&] { return stopped_ || !settling_; });
  const bool settling = settling_ || stopped_;
  reloading_ = false;
  lock.unlock();

  using Kind = ReloadAnswer::Kind;
  if (!looked)
    return {Kind::Waiting, "the files cannot be read: their file system does not answer"};
  if (settling) return {Kind::Waiting, "not in force yet: " + config_.waiting()};
  const std::vector<Problem> problems = config_.problems();
  if (!problems.empty()) return {Kind::Refused, text_of(problems)};
  return {Kind::Done};
}

}  // namespace defenderd
