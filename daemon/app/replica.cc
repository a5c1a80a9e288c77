#include "app/replica.h"

#include <optional>
#include <thread>
#include <utility>

#include "app/bug_report.h"
#include "app/build_info.h"
#include "app/leadership_log.h"
#include "kube/cluster_access.h"
#include "kube/config_map_store.h"

namespace defenderd {
namespace {

// A leader that cannot work lets another one try.
constexpr Duration kStandDown = std::chrono::minutes(1);
constexpr Duration kTryAgain = std::chrono::seconds(10);

Result<ClusterAccess> access_of(const CoordinationSettings& settings,
                                const Environment& environment) {
  if (settings.server.empty()) {
    auto access = access_in_pod(environment.kubernetes_host, environment.kubernetes_port);
    if (!access) return access;
    if (!settings.name_space.empty()) access->name_space = settings.name_space;
    if (!access->name_space.empty()) return access;
    return Unexpected(
        Error{"the namespace of the Lease is not known: set coordination.lease.namespace"});
  }
  auto server = Origin::parse(settings.server);
  if (!server) return Unexpected(server.error());
  return ClusterAccess{*std::move(server), settings.ca_file, settings.token_file,
                       settings.name_space};
}

}  // namespace

Result<std::unique_ptr<Replica>> Replica::create(const Daemon::Options& options,
                                                 Daemon::Files files,
                                                 const Environment& environment, Clock& clock) {
  const Settings& settings = files.loaded.settings;
  auto access = access_of(settings.coordination, environment);
  if (!access) return Unexpected(access.error());
  auto kube = KubeClient::create(
      {*std::move(access), build_user_agent(), lease_request_timeout(settings.coordination.timing)},
      clock);
  if (!kube) return Unexpected(kube.error());
  auto identity = replica_identity(environment.host_name);
  if (!identity) return Unexpected(identity.error());
  auto listener = listen_on(settings.server.host, settings.server.port);
  if (!listener) return Unexpected(listener.error());
  return std::unique_ptr<Replica>(new Replica(options, std::move(files), environment, clock,
                                              *std::move(kube), *std::move(listener),
                                              *std::move(identity)));
}

Replica::Replica(Daemon::Options options, Daemon::Files files, const Environment& environment,
                 Clock& clock, std::unique_ptr<KubeClient> kube, Listener listener,
                 std::string identity)
    : options_(std::move(options)),
      environment_(environment),
      clock_(clock),
      settings_(files.loaded.settings),
      identity_(std::move(identity)),
      heartbeats_(clock),
      outlets_(standard_outlets()),
      log_(settings_.log.level, {settings_.log.format, settings_.log.ids}, clock, outlets_.error),
      kube_(std::move(kube)),
      lease_(*kube_, settings_.coordination.name),
      listener_(std::move(listener)),
      election_(
          lease_, clock, [this] { return random_.unit(); },
          {identity_, environment.url, kube_->name_space() + "/" + settings_.coordination.name,
           settings_.coordination.timing},
          {[this](const LeadershipStatus& now) { leadership_changed(now); },
           BugReports{[this](std::string_view thread) { count_exception(thread); }, log_, clock}.of(
               "election")}),
      files_(std::move(files)) {}

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
  bool resumed = false;
  {
    const MutexLock lock(mutex_);
    before = std::exchange(reported_, now);
    if (daemon_ != nullptr) {
      if (!is_current(now)) term_.request_stop();
      resumed = now.leads && now.may_write && before.leads && !before.may_write;
      if (resumed) daemon_->writing_resumes();
    }
  }
  log_leadership(before, now, log_);
}

void Replica::run_as(Daemon& daemon, const std::stop_token& stop, StopStage& stage) {
  std::stop_source term;
  {
    const MutexLock lock(mutex_);
    term_ = term;
    daemon_ = &daemon;
    if (!is_current(election_.status())) term.request_stop();
  }
  {
    const std::stop_callback ending(stop, [&term] { term.request_stop(); });
    daemon.run(term.get_token(), stage);
  }
  const MutexLock lock(mutex_);
  daemon_ = nullptr;
}

// A problem is logged when it appears and when it changes, not at each attempt.
bool Replica::read_state(ConfigMapStore& state) {
  const auto read = state.read_ahead();
  const std::string problem = read ? "" : read.error().message;
  const std::string before = std::exchange(unread_state_, problem);
  if (problem == before) return read.has_value();
  if (problem.empty()) {
    log_.log(LogLevel::Info, log_event::kLeadership,
             "the state of the leader before this one can be read again");
  } else {
    log_.log(LogLevel::Error, log_event::kLeadership,
             "this replica cannot lead, because the state of the one before it cannot be read: " +
                 problem);
  }
  return read.has_value();
}

void Replica::read_files_again(const std::stop_token& stop) {
  auto files = Daemon::load_files(options_, clock_, stop);
  const std::string problem = files ? "" : files.error().message;
  if (files) files_ = *std::move(files);
  if (std::exchange(unread_files_, problem) == problem || problem.empty()) return;
  log_.log(LogLevel::Error, log_event::kReloadFailed,
           problem + "; the last good files stay in force");
}

// The last write has ended, and the state is saved.
void Replica::end_election(std::jthread& electing, StopStage& stage) {
  if (!electing.joinable()) return;
  stage.enter("the lease");
  electing.request_stop();
  electing.join();
  if (election_.holds()) log_release(election_.release({}), log_);
}

Result<Done> Replica::run(const std::stop_token& stop, StopStage& stage) {
  election_.step(stop);
  std::jthread electing([this](const std::stop_token& ended) {
    const Heartbeat heartbeat(&heartbeats_, "election");
    election_.run(ended);
  });
  bool has_run = false;
  std::optional<Error> refused;
  while (!stop.stop_requested()) {
    LeadershipStatus role = election_.status();
    const auto leadership = std::make_shared<const OneLeadership>(election_, role.transitions);
    auto state = std::make_unique<ConfigMapStore>(
        *kube_, clock_,
        ConfigMapStore::Options{settings_.coordination.name + "-state", identity_,
                                [leadership] { return leadership->standing().may_write; }});
    if (role.leads && !read_state(*state)) {
      election_.stand_down(kStandDown);
      continue;
    }
    Membership membership{role.leads,
                          *leadership,
                          [this] { return election_.status(); },
                          [&state] { return std::unique_ptr<StateStore>(std::move(state)); },
                          identity_,
                          heartbeats_,
                          listener_};
    {
      const MutexLock lock(mutex_);
      role_ = role;
    }
    std::string& cannot_work = cannot_work_.at(role.leads ? 1 : 0);
    auto daemon = Daemon::create(options_, files_, environment_, clock_, &membership);
    if (!daemon) {
      if (!has_run) {
        refused = daemon.error();
        break;
      }
      if (std::exchange(cannot_work, daemon.error().message) != daemon.error().message)
        log_.log(LogLevel::Error, log_event::kLeadership,
                 "this replica cannot work as " +
                     std::string(role.leads ? "the leader: " : "a standby: ") + cannot_work);
      if (role.leads) election_.stand_down(kStandDown);
      clock_.sleep_until(clock_.steady_now() + kTryAgain, stop);
      read_files_again(stop);
      continue;
    }
    unread_files_.clear();
    cannot_work.clear();
    has_run = true;
    run_as(**daemon, stop, stage);
    files_ = (*daemon)->take_files();
    if (stop.stop_requested()) end_election(electing, stage);
    stage.enter("the last lines of the journal and the log");
    daemon->reset();
  }
  end_election(electing, stage);
  if (refused) return Unexpected(*refused);
  return Done{};
}

void Replica::poll_soon() {
  const MutexLock lock(mutex_);
  if (daemon_ != nullptr) daemon_->poll_soon();
}

}  // namespace defenderd
