#pragma once
// The two files as they are in force: the last good ones, and what is wrong with a later edit.

#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "core/desired_state.h"
#include "desired/file_source.h"
#include "desired/problem.h"
#include "desired/settings.h"

namespace defenderd {

// Thread-safe.
class Config {
 public:
  Config(std::string settings_path, std::string desired_path);

  struct Loaded {
    Settings settings;
    DesiredState desired;
  };
  // What is there at start; every problem of both files when it is not good.
  [[nodiscard]] Result<Loaded, std::vector<Problem>> load(Clock& clock);

  // What has changed since the last call.
  struct Change {
    std::optional<Settings> settings = {};
    std::optional<DesiredState> desired = {};
    bool failed = false;     // a file became bad, or bad in another way
    bool recovered = false;  // none is bad any more
  };
  [[nodiscard]] Change poll();
  // True while a change is seen that poll() does not give yet because it may be half written.
  [[nodiscard]] bool settling() const;

  // Of the files as they are now; empty when the last edits were good. Does not wait for a file
  // that is being read.
  [[nodiscard]] std::vector<Problem> problems() const;

 private:
  void publish();

  mutable std::mutex mutex_;
  Source<Settings> settings_;
  Source<DesiredState> desired_;
  std::vector<Problem> settings_problems_;
  std::vector<Problem> desired_problems_;

  mutable std::mutex published_mutex_;  // never held while a file is read
  std::vector<Problem> published_;      // of both files
};

// The settings alone, for commands that need no desired state. The Error holds every problem.
[[nodiscard]] Result<Settings> load_settings(const std::string& path);

// The settings that differ and that a running daemon cannot take over, by their names.
[[nodiscard]] std::vector<std::string> needing_restart(const Settings& running,
                                                       const Settings& edited);

}  // namespace defenderd
