#include "app/replica.h"

#include <utility>

#include "app/bug_report.h"
#include "app/leadership_log.h"

namespace defenderd {
namespace {

// A leader that cannot work lets another one try.
constexpr Duration kStandDown = std::chrono::minutes(1);
constexpr Duration kTryAgain = std::chrono::seconds(10);

std::string cannot_work(bool leads, const std::string& problem) {
  return "this replica cannot work as " + std::string(leads ? "the leader: " : "a standby: ") +
         problem;
}

}  // namespace

// The daemon that runs, for those who notify it; also an exception ends that.
class Replica::Current {
 public:
  Current(Replica& replica, RoleDaemon& daemon, std::stop_source& term) : replica_(replica) {
    const MutexLock lock(replica_.mutex_);
    replica_.term_ = term;
    replica_.daemon_ = &daemon;
    if (!replica_.is_current(replica_.election_.status())) term.request_stop();
    if (std::exchange(replica_.poll_wanted_, false)) daemon.poll_soon();
  }
  Current(const Current&) = delete;
  Current& operator=(const Current&) = delete;
  ~Current() {
    const MutexLock lock(replica_.mutex_);
    replica_.daemon_ = nullptr;
  }

 private:
  Replica& replica_;
};

Replica::Replica(std::unique_ptr<ReplicaHost> host, LeaderElection::Options election, Clock& clock)
    : host_(std::move(host)),
      clock_(clock),
      identity_(election.identity),
      heartbeats_(clock),
      election_(host_->lease(), clock, [this] { return random_.unit(); }, std::move(election),
                {[this](const LeadershipStatus& now) { leadership_changed(now); },
                 BugReports{[this](std::string_view thread) { count_exception(thread); },
                            host_->log(), clock}
                     .of("election")}) {}

bool Replica::is_current(const LeadershipStatus& status) const {
  return status.leads == role_.leads && (!status.leads || status.transitions == role_.transitions);
}

// In the metrics of the daemon that runs; without one there are none.
void Replica::count_exception(std::string_view thread) {
  const MutexLock lock(mutex_);
  if (daemon_ != nullptr) daemon_->count_exception(thread);
}

void Replica::leadership_changed(const LeadershipStatus& now) {
  LeadershipStatus before;
  {
    const MutexLock lock(mutex_);
    before = std::exchange(reported_, now);
    if (daemon_ != nullptr) {
      if (!is_current(now)) term_.request_stop();
      if (now.leads && now.may_write && before.leads && !before.may_write)
        daemon_->writing_resumes();
    }
  }
  log_leadership(before, now, host_->log());
}

void Replica::run_as(RoleDaemon& daemon, const std::stop_token& stop, StopStage& stage) {
  std::stop_source term;
  const Current current(*this, daemon, term);
  const std::stop_callback ending(stop, [&term] { term.request_stop(); });
  daemon.run(term.get_token(), stage);
}

// A problem is logged when it appears and when it changes, not at each attempt.
void Replica::report_state(const std::string& problem) {
  if (std::exchange(unread_state_, problem) == problem) return;
  if (problem.empty()) {
    host_->log().log(LogLevel::Info, log_event::kLeadership,
                     "the previous leader's state can be read again");
  } else {
    host_->log().log(
        LogLevel::Error, log_event::kLeadership,
        "this replica cannot lead, because the previous leader's state cannot be read: " + problem);
  }
}

void Replica::report_no_daemon(bool leads, const std::string& problem) {
  if (std::exchange(cannot_work_.at(leads ? 1 : 0), problem) == problem || problem.empty()) return;
  host_->log().log(LogLevel::Error, log_event::kLeadership, cannot_work(leads, problem));
}

void Replica::wait_without_daemon(bool leads, const std::string& problem,
                                  const std::stop_token& stop) {
  const auto answering = host_->answer_without_daemon(cannot_work(leads, problem),
                                                      [this] { return election_.status(); });
  clock_.sleep_until(clock_.steady_now() + kTryAgain, stop);
}

// An edit that needs a restart takes effect at a hand-over, and must not end what works.
bool Replica::fall_back(const std::string& problem) {
  if (!host_->fall_back(problem)) return false;
  if (std::exchange(refused_edit_, problem) != problem) {
    host_->log().log(LogLevel::Error, log_event::kReloadFailed,
                     "the edited settings that need a restart cannot be used: " + problem +
                         "; the settings that worked before stay in force");
  }
  return true;
}

void Replica::read_files_again(const std::stop_token& stop) {
  const auto files = host_->read_files_again(stop);
  const std::string problem = files ? "" : files.error().message;
  if (std::exchange(unread_files_, problem) == problem || problem.empty()) return;
  host_->log().log(LogLevel::Error, log_event::kReloadFailed,
                   problem + "; the last good files stay in force");
}

// The last write has ended, and the state is saved.
void Replica::end_election(std::jthread& electing, StopStage& stage) {
  if (!electing.joinable()) return;
  stage.enter("the lease");
  electing.request_stop();
  electing.join();
  if (election_.holds()) log_release(election_.release({}), host_->log());
}

Result<Done> Replica::run(const std::stop_token& stop, StopStage& stage) {
  election_.step(stop);
  std::jthread electing([this](const std::stop_token& ended) {
    const Heartbeat heartbeat(&heartbeats_, "election");
    election_.run(ended);
  });
  try {
    auto done = run_roles(electing, stop, stage);
    end_election(electing, stage);
    if (done) host_->log().log(LogLevel::Info, log_event::kStopped, kHasStopped);
    return done;
  } catch (...) {
    end_election(electing, stage);
    throw;
  }
}

// One daemon after the other, each for as long as its role lasts.
Result<Done> Replica::run_roles(std::jthread& electing, const std::stop_token& stop,
                                StopStage& stage) {
  bool has_run = false;
  while (!stop.stop_requested()) {
    const LeadershipStatus role = election_.status();
    const OneLeadership leadership(election_, role.transitions);
    auto state =
        host_->open_state(role.leads, [&leadership] { return leadership.standing().may_write; });
    if (role.leads) report_state(state ? "" : state.error().message);
    if (!state) {
      election_.stand_down(kStandDown);
      continue;
    }
    const Membership membership{role.leads,
                                leadership,
                                [this] { return election_.status(); },
                                [&state] { return *std::move(state); },
                                identity_,
                                heartbeats_,
                                host_->listener()};
    {
      const MutexLock lock(mutex_);
      role_ = role;
    }
    auto daemon = host_->create_daemon(membership);
    if (!daemon) {
      if (!has_run) return Unexpected(daemon.error());
      if (fall_back(daemon.error().message)) continue;
      report_no_daemon(role.leads, daemon.error().message);
      if (role.leads) election_.stand_down(kStandDown);
      wait_without_daemon(role.leads, daemon.error().message, stop);
      read_files_again(stop);
      continue;
    }
    unread_files_.clear();
    refused_edit_.clear();
    report_no_daemon(role.leads, "");
    has_run = true;
    run_as(**daemon, stop, stage);
    if (stop.stop_requested()) end_election(electing, stage);
    stage.enter("the last lines of the journal and the log");
    daemon->reset();
  }
  return Done{};
}

void Replica::poll_soon() {
  const MutexLock lock(mutex_);
  if (daemon_ != nullptr) {
    daemon_->poll_soon();
  } else {
    poll_wanted_ = true;
  }
}

}  // namespace defenderd
