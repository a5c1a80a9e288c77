#pragma once
// Follows the web configuration (server.webConfigFile) and the files that it names, so that renewed
// certificates and changed users take effect without a restart. A bad one is reported, and the last
// good one stays in force.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"
#include "base/result.h"
#include "desired/settings.h"
#include "server/web_access.h"
#include "telemetry/log.h"
#include "telemetry/metrics.h"

namespace defenderd {

class WebWatch {
 public:
  // nullptr: no file is configured. The Error has a line per problem.
  [[nodiscard]] static Result<std::shared_ptr<WebWatch>> open(const ServerSettings& settings);

  // In force from open() on. Any thread.
  [[nodiscard]] const WebAccess& access() const { return access_; }

  // What the configuration in force was read from: itself, and what it names.
  struct File {
    std::string path = {};
    bool is_secret = false;  // the key
  };
  [[nodiscard]] std::vector<File> files() const;  // any thread

  // Reads the files, at most once a second, and takes a content that was the same at two reads: one
  // that is being written is not. Called by one thread at a time.
  void check(const Clock& clock, Metrics& metrics, Logger& log);

 private:
  struct Loaded {
    WebAccess::Rules rules = {};
    std::optional<WallTime> expires = {};  // the server's certificate
    std::vector<File> files = {};
  };
  struct Content;
  WebWatch(std::string path, bool open_probes, Loaded loaded, std::string hash);
  static Content read(const std::string& path);
  static Result<Loaded> load(const Content& content, bool open_probes);

  const std::string path_;
  const bool open_probes_;
  std::optional<WallTime> expires_;
  std::string in_force_;  // hashes of the content: this one,
  std::string seen_;      // the one of the last check,
  std::string refused_;   // and the one that was reported as bad
  std::optional<SteadyTime> checked_ = {};
  WebAccess access_;
  mutable Mutex mutex_;
  std::vector<File> files_ GUARDED_BY(mutex_);
};

}  // namespace defenderd
