#pragma once
// The life of the service: starts it, runs its threads and its server, and ends them. What runs is
// in app/daemon_parts.h.

#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>

#include "app/environment.h"
#include "app/membership.h"
#include "app/service_manager.h"
#include "app/stop_stage.h"
#include "app/web_watch.h"
#include "base/clock.h"
#include "base/result.h"
#include "core/write_gate.h"
#include "desired/config.h"
#include "server/http_server.h"

namespace defenderd {

struct DaemonParts;
struct Foundation;

class Daemon {
 public:
  struct Files {
    std::unique_ptr<Config> config;
    Config::Loaded loaded = {};
    std::shared_ptr<WebWatch> web = {};  // nullptr: none is configured
    // Of this process: what outlives a hand-over is as these say.
    Settings at_start = {};
  };
  struct Options {
    std::string config_path;
    std::string desired_path;
    WritePermit permit = {};
    ServiceManager* manager = nullptr;  // outlives the daemon; nullptr: it has none
    // Called at the start if a file is still being written, with the reason for the wait.
    std::function<void(const std::string&)> waits = [](const std::string&) {};
  };
  // The files at the start. The Error has a line per problem.
  [[nodiscard]] static Result<Files> load_files(const Options& options, Clock& clock,
                                                const std::stop_token& stop);
  // Finds everything else that can be wrong at the start: endpoints, credential, port. When it
  // returns, the server listens. It takes the files, unless it returns an Error: then they are
  // still in `files`. `membership`: nullptr for a single replica; it outlives the daemon.
  [[nodiscard]] static Result<std::unique_ptr<Daemon>> create(
      const Options& options, Files& files, const Environment& environment, Clock& clock,
      const Membership* membership = nullptr);
  Daemon(const Daemon&) = delete;
  Daemon& operator=(const Daemon&) = delete;
  ~Daemon();

  // Reconciles and serves until `stop` is requested; `stage` then says what it waits for. Blocks.
  void run(const std::stop_token& stop, StopStage& stage);

  // The files in force, for the next daemon of this process. Call it when run() has returned.
  [[nodiscard]] Files take_files();
  // This leader may write again: what waited for that is due. Any thread.
  void writing_resumes();
  // An exception that was caught outside it, on one of kThreads (telemetry/metric_labels.h). Any
  // thread.
  void count_exception(std::string_view thread);

  // Wakes the thread that polls the files. Any thread.
  void poll_soon();

  [[nodiscard]] int port() const { return server_->port(); }

 private:
  Daemon(const Options& options, Foundation foundation, const Environment& environment);

  const std::unique_ptr<DaemonParts> parts_;
  std::unique_ptr<HttpServer> server_;  // ends first, because it asks the parts
};

}  // namespace defenderd
