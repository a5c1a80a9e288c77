#include "app/cluster_host.h"

#include <optional>
#include <string>
#include <utility>

#include "app/bare_server.h"
#include "app/build_info.h"
#include "app/leadership_log.h"
#include "desired/restart_keys.h"
#include "kube/cluster_access.h"
#include "kube/config_map_store.h"
#include "kube/kube_client.h"
#include "kube/lease_client.h"
#include "telemetry/outlet.h"

namespace defenderd {
namespace {

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

// Passes the files on: they are in force, whoever leads.
class FiledDaemon final : public RoleDaemon {
 public:
  FiledDaemon(std::unique_ptr<Daemon> daemon, Daemon::Files& files)
      : daemon_(std::move(daemon)), files_(files) {}
  void run(const std::stop_token& stop, StopStage& stage) override {
    daemon_->run(stop, stage);
    files_ = daemon_->take_files();
  }
  void writing_resumes() override { daemon_->writing_resumes(); }
  void count_exception(std::string_view thread) override { daemon_->count_exception(thread); }
  void poll_soon() override { daemon_->poll_soon(); }

 private:
  const std::unique_ptr<Daemon> daemon_;
  Daemon::Files& files_;
};

class ClusterHost final : public ReplicaHost {
 public:
  ClusterHost(Daemon::Options options, Daemon::Files files, const Environment& environment,
              Clock& clock, std::unique_ptr<KubeClient> kube, Listener listener,
              std::string identity)
      : options_(std::move(options)),
        environment_(environment),
        clock_(clock),
        identity_(std::move(identity)),
        state_name_(files.loaded.settings.coordination.name + "-state"),
        outlets_(standard_outlets()),
        log_(files.loaded.settings.log.level,
             {files.loaded.settings.log.format, files.loaded.settings.log.ids}, clock,
             outlets_.error),
        kube_(std::move(kube)),
        lease_(*kube_, files.loaded.settings.coordination.name),
        listener_(std::move(listener)),
        files_(std::move(files)) {}

  LeaseStore& lease() override { return lease_; }
  Logger& log() override { return log_; }
  [[nodiscard]] const Listener& listener() const override { return listener_; }

  Result<std::unique_ptr<StateStore>> open_state(bool leads,
                                                 std::function<bool()> may_save) override {
    auto store = std::make_unique<ConfigMapStore>(
        *kube_, clock_,
        ConfigMapStore::Options{state_name_, identity_, std::move(may_save),
                                [this] { return holds_lease(); }});
    if (leads) {
      if (auto read = store->read_ahead(); !read) return Unexpected(read.error());
    }
    return std::unique_ptr<StateStore>(std::move(store));
  }

  Result<std::unique_ptr<RoleDaemon>> create_daemon(const Membership& membership) override {
    Settings settings = files_.loaded.settings;
    auto daemon = Daemon::create(options_, files_, environment_, clock_, &membership);
    if (!daemon) return Unexpected(daemon.error());
    worked_ = std::move(settings);
    return std::unique_ptr<RoleDaemon>(std::make_unique<FiledDaemon>(*std::move(daemon), files_));
  }

  bool fall_back(const std::string& why) override {
    Settings& settings = files_.loaded.settings;
    if (!worked_ || needing_restart(*worked_, settings).empty()) return false;
    settings = without_restart(*worked_, std::move(settings));
    files_.loaded.refused = options_.config_path +
                            ": the edited settings that need a restart cannot be used: " + why +
                            "; the settings that worked before stay in force";
    return true;
  }

  std::shared_ptr<const void> answer_without_daemon(
      const std::string& problem, std::function<LeadershipStatus()> leadership) override {
    auto server = BareServer::start({listener_, files_.web ? &files_.web->access() : nullptr,
                                     problem, std::move(leadership), clock_});
    return server ? std::shared_ptr<const void>(*std::move(server)) : nullptr;
  }

  Result<Done> read_files_again(const std::stop_token& stop) override {
    auto files = Daemon::load_files(options_, clock_, stop);
    if (!files) return Unexpected(files.error());
    // Of what the process holds, only this was opened again.
    Settings at_start = std::move(files_.at_start);
    at_start.server.web_config_file = files->at_start.server.web_config_file;
    at_start.server.open_probes = files->at_start.server.open_probes;
    files_ = *std::move(files);
    files_.at_start = std::move(at_start);
    return Done{};
  }

 private:
  // By what the API says now.
  bool holds_lease() {
    const auto lease = lease_.read({});
    return lease && *lease && (*lease)->record.holder == identity_;
  }

  const Daemon::Options options_;
  const Environment& environment_;
  Clock& clock_;
  const std::string identity_;
  const std::string state_name_;
  const StandardOutlets outlets_;
  Logger log_;
  const std::unique_ptr<KubeClient> kube_;
  LeaseClient lease_;
  const Listener listener_;
  Daemon::Files files_;             // in force, while no daemon has them
  std::optional<Settings> worked_;  // with which a daemon was last created
};

}  // namespace

Result<std::unique_ptr<Replica>> create_replica(const Daemon::Options& options, Daemon::Files files,
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
  LeaderElection::Options election{*identity, environment.url,
                                   (*kube)->name_space() + "/" + settings.coordination.name,
                                   settings.coordination.timing};
  auto host =
      std::make_unique<ClusterHost>(options, std::move(files), environment, clock, *std::move(kube),
                                    *std::move(listener), *std::move(identity));
  return std::make_unique<Replica>(std::move(host), std::move(election), clock);
}

}  // namespace defenderd
