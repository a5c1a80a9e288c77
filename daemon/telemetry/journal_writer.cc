#include "telemetry/journal_writer.h"

#include <algorithm>
#include <utility>

#include "base/time_text.h"
#include "base/with_count.h"
#include "telemetry/journal_line.h"

namespace defenderd {
namespace {

constexpr std::size_t kMaxBacklog = 1U << 20U;
// How long to wait for standard output: its reader is there or not.
constexpr Duration kOutputPatience = std::chrono::seconds(1);
// Time between two attempts without new lines; shorter for a reader that has returned.
constexpr Duration kRetry = std::chrono::seconds(5);
constexpr Duration kRetrySoon = std::chrono::milliseconds(100);

std::size_t count_lines(const std::string& text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

// "2 lines of the journal could not be written and are lost", with `what` in between.
std::string lost_text(std::size_t count, const std::string& what) {
  return with_count(count, "line", "lines") + what + (count == 1 ? " is" : " are") + " lost";
}

}  // namespace

JournalWriter::JournalWriter(Append append, Options options, const Clock& clock, Logger& log)
    : options_(std::move(options)),
      clock_(clock),
      log_(log),
      append_(std::move(append)),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

JournalWriter::~JournalWriter() {
  thread_.request_stop();
  thread_.join();
  report_lost();
}

void JournalWriter::write(const std::string& lines) {
  bool first = false;
  {
    MutexLock lock(mutex_);
    keep(lines);
    const std::uint64_t mine = ++calls_;
    changed_.notify_all();
    const auto tried = [&]() REQUIRES(mutex_) { return tried_ >= mine; };
    if (hanging_ ? tried() : changed_.wait_for(lock, options_.patience, tried)) return;
    hanging_ = true;
    first = !std::exchange(failing_, true);
  }
  report_failure("cannot write the journal " + options_.path + ": its disk does not answer", first);
}

void JournalWriter::keep(const std::string& lines) {
  const std::size_t kept = in_hand_size_ + waiting_.size();
  if (lost_ == 0 && kept + lines.size() <= kMaxBacklog) {
    waiting_ += lines;
    return;
  }
  // The last lines show most of what is happening, and fit first.
  if (after_gap_.size() + lines.size() > kMaxJournalLine) {
    lost_ += count_lines(after_gap_);
    after_gap_.clear();
  }
  after_gap_ += lines;
}

bool JournalWriter::is_done() const {
  return in_hand_size_ == 0 && waiting_.empty() && after_gap_.empty();
}

void JournalWriter::run(const std::stop_token& stop) {
  const Heartbeat heartbeat(options_.heartbeats, "journal");
  while (true) {
    beat();
    const Round round = begin_round(stop);
    if (in_hand_.empty()) return;
    const bool wait = !round.failing || round.stopping;
    const JournalFile::Appended appended =
        append_(in_hand_, wait ? kOutputPatience : Duration::zero());
    in_hand_.erase(0, appended.bytes);
    failed_ = !appended.result;
    retry_in_ = appended.bytes > 0 ? kRetrySoon : kRetry;
    end_round(round, appended.result);
    if (round.stopping && failed_) return;
  }
}

JournalWriter::Round JournalWriter::begin_round(const std::stop_token& stop) {
  MutexLock lock(mutex_);
  const auto is_called = [&]() REQUIRES(mutex_) { return calls_ != tried_; };
  if (is_done()) {
    wait_beating(changed_, lock, stop, is_called);
  } else if (failed_) {
    changed_.wait_for(lock, stop, retry_in_, is_called);
  }
  in_hand_ += std::exchange(waiting_, {});
  if (in_hand_.empty()) {
    if (lost_ > 0) in_hand_ = gap();
    in_hand_ += std::exchange(after_gap_, {});
    missing_ += std::exchange(lost_, 0);
  }
  in_hand_size_ = in_hand_.size();
  return {calls_, after_gap_.empty(), failing_, stop.stop_requested()};
}

void JournalWriter::end_round(const Round& round, const Result<Done>& written) {
  bool first = false;
  bool recovered = false;
  std::size_t missing = 0;
  {
    const MutexLock lock(mutex_);
    in_hand_size_ = in_hand_.size();
    if (written && !round.last) return;  // the rest follows immediately
    hanging_ = false;
    if (!written) {
      first = !std::exchange(failing_, true);
    } else {
      recovered = std::exchange(failing_, false);
      missing = std::exchange(missing_, 0);
    }
  }
  if (!written) report_failure(written.error().message, first);
  if (recovered) {
    log_.log(
        LogLevel::Info, log_event::kJournal,
        "the journal can be written again; " +
            (missing == 0 ? std::string("nothing is missing from it") : lost_text(missing, "")));
  }
  {
    const MutexLock lock(mutex_);
    tried_ = std::max(tried_, round.calls);
  }
  changed_.notify_all();
}

void JournalWriter::report_failure(const std::string& why, bool first) {
  if (options_.on_write_error) options_.on_write_error();
  if (!first) return;
  log_.log(LogLevel::Error, log_event::kJournal,
           why + "; drift is still corrected, and the lines are written once that works again");
}

void JournalWriter::report_lost() {
  std::size_t count = count_lines(in_hand_);
  {
    const MutexLock lock(mutex_);
    count += count_lines(waiting_) + count_lines(after_gap_) + lost_;
  }
  if (count == 0) return;
  log_.log(LogLevel::Error, log_event::kJournal,
           lost_text(count, " of the journal could not be written before the end and"));
}

std::string JournalWriter::gap() const {
  JournalLine gap;
  gap.time = format_rfc3339(clock_.wall_now());
  gap.result = journal_result::kGap;
  gap.message = lost_text(lost_, " could not be written and");
  gap.replica = options_.replica;
  gap.version = options_.version;
  return format(gap);
}

}  // namespace defenderd
