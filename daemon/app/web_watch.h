#pragma once
// Follows the web configuration (server.webConfigFile) and the files that it names, so that renewed
// certificates and changed users take effect without a restart: once they are at rest
// (desired/at_rest.h), because half of a file may be valid and let everybody in. A bad one is
// reported, and the last good one stays in force.

#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"
#include "base/result.h"
#include "desired/problem.h"
#include "desired/settings.h"
#include "desired/web_files.h"
#include "server/web_access.h"
#include "telemetry/log.h"
#include "telemetry/metrics.h"

namespace defenderd {

class WebWatch {
 public:
  // Once the files are at rest; `waits` is called if that takes more than a second, with the
  // reason. What is odd about them is added to `warnings`. nullptr: no file is configured. The
  // Error has a line per problem.
  [[nodiscard]] static Result<std::shared_ptr<WebWatch>> open(
      const ServerSettings& settings, Clock& clock, const std::stop_token& stop,
      const std::function<void(const std::string&)>& waits, std::vector<std::string>& warnings);
  // Whether the files can be used as they are now, at rest or not.
  [[nodiscard]] static Result<Done> try_now(const ServerSettings& settings);
  ~WebWatch();
  WebWatch(const WebWatch&) = delete;
  WebWatch& operator=(const WebWatch&) = delete;

  // In force from open() on. Any thread.
  [[nodiscard]] const WebAccess& access() const { return access_; }

  // What the configuration in force was read from: itself, and what it names.
  struct File {
    std::string path = {};
    bool is_secret = false;  // the key
  };
  [[nodiscard]] std::vector<File> files() const;  // any thread

  // Polls the files, at most once a second. Called by one thread at a time.
  void check(const Clock& clock, Metrics& metrics, Logger& log);

 private:
  struct Loaded {
    WebAccess::Rules rules = {};
    TlsRules tls = {};
    std::optional<WallTime> expires = {};  // the server's certificate
    std::vector<File> files = {};
    std::string hash = {};  // of the content
  };
  class Followed;
  WebWatch(ServerSettings server, std::unique_ptr<Followed> followed, Loaded loaded);
  static Result<Loaded, std::vector<Problem>> load(const std::vector<NamedText>& texts,
                                                   const WebFiles& files, bool open_probes);
  // What protects the server before, and no longer after.
  static std::vector<std::string> losses(const Loaded& before, const Loaded& after);
  void take(Loaded next, Logger& log);
  void report_wait(Logger& log);

  const ServerSettings server_;
  const std::unique_ptr<Followed> followed_;
  std::optional<SteadyTime> checked_ = {};
  int waiting_checks_ = 0;
  bool refused_ = false;  // the last edit
  Loaded in_force_;       // without its files: any thread may ask for those
  WebAccess access_;
  mutable Mutex mutex_;
  std::vector<File> files_ GUARDED_BY(mutex_);
};

}  // namespace defenderd
