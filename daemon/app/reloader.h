#pragma once
// Follows the two files while the daemon runs. One thread looks at them, so that a file system that
// does not answer holds up nothing else; who wants a look at once wakes that thread.

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <stop_token>
#include <string>

#include "base/clock.h"
#include "desired/config.h"
#include "desired/folder_watch.h"
#include "server/endpoints.h"
#include "telemetry/log.h"

namespace defenderd {

// Thread-safe.
class Reloader {
 public:
  struct Options {
    std::string config_path;
    std::string desired_path;
    // Puts into force what has changed. On the thread of run().
    std::function<void(Config::Change)> apply;
  };
  // Config, clock and log outlive it.
  Reloader(Config& config, Clock& clock, Logger& log, Options options);

  // Looks at the files whenever they change, until `stop` is requested. Blocks.
  void run(const std::stop_token& stop);

  // Has the files looked at now and waits a few seconds for what that comes to. One at a time: a
  // second call is answered at once.
  [[nodiscard]] ReloadAnswer reload();
  // Has the files looked at now.
  void look_soon() { watch_.wake(); }

 private:
  void look();

  Config& config_;
  Clock& clock_;
  Logger& log_;
  const Options options_;
  FolderWatch watch_;
  int settling_looks_ = 0;  // of run()'s thread

  std::mutex mutex_;  // guards what follows; held while nothing is read
  std::condition_variable changed_;
  bool reloading_ = false;
  bool stopped_ = false;
  bool settling_ = false;
  std::uint64_t asked_ = 0;   // looks that were asked for
  std::uint64_t looked_ = 0;  // of these, the last one that has been made
};

}  // namespace defenderd
