#pragma once
// The two files in force: the last good ones, and the problems of later edits.

#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"
#include "base/result.h"
#include "core/desired_state.h"
#include "desired/file_source.h"
#include "desired/problem.h"
#include "desired/settings.h"

namespace defenderd {

// load() and poll() by one thread at a time; the rest is thread-safe and waits for no file.
class Config {
 public:
  // `revision_file`: where the desired state's revision is; "" for the usual place (revision.h).
  Config(std::string settings_path, std::string desired_path, std::string revision_file = {});

  struct Loaded {
    Settings settings;
    DesiredState desired;
    std::vector<std::string> warnings = {};  // what is unusual about the files
    // Why an edit of the settings, which can be read, is in force only in part; "" if it is.
    std::string refused = {};
  };
  struct Wanted {
    bool settings = true;
    bool desired = true;
  };
  // The content at the start, once it is at rest; every problem of both files if it is bad. `waits`
  // is called if that takes more than a second, with the reason. What is not wanted is not read and
  // stays empty.
  [[nodiscard]] Result<Loaded, std::vector<Problem>> load(
      Clock& clock, const std::stop_token& stop,
      const std::function<void(const std::string&)>& waits, Wanted wanted);
  [[nodiscard]] Result<Loaded, std::vector<Problem>> load(
      Clock& clock, const std::stop_token& stop,
      const std::function<void(const std::string&)>& waits) {
    return load(clock, stop, waits, Wanted{});
  }

  // What a watch reported about the writers of the files since the last poll().
  struct Writers {
    Writer settings = Writer::Unknown;
    Writer desired = Writer::Unknown;
  };
  // What has changed since the last call.
  struct Change {
    std::optional<Settings> settings = {};
    std::optional<DesiredState> desired = {};
    std::vector<std::string> warnings = {};  // what is unusual about them
    bool failed = false;                     // a file became bad, or has other problems
    bool recovered = false;                  // none is bad now
  };
  [[nodiscard]] Change poll(const Clock& clock, const Writers& writers);

  // Why a change that poll() has found is not in force yet, because it may be incomplete; "" if
  // there is none.
  [[nodiscard]] std::string waiting() const;

  // Of the current files; empty if the last edits were good. Does not wait for a file that is being
  // read.
  [[nodiscard]] std::vector<Problem> problems() const;

 private:
  Source<Settings> settings_;
  Source<DesiredState> desired_;
  const std::string revision_file_;

  mutable Mutex mutex_;  // never held while a file is read
  std::vector<Problem> settings_problems_ GUARDED_BY(mutex_);
  std::vector<Problem> desired_problems_ GUARDED_BY(mutex_);
  std::string waiting_ GUARDED_BY(mutex_);
};

// The settings alone, for commands that need no desired state. The Error holds every problem.
[[nodiscard]] Result<Settings> load_settings(const std::string& path);

// Only a desired state, as it is: for comparison. Or every problem.
[[nodiscard]] Result<DesiredState, std::vector<Problem>> load_desired(const std::string& path);

// The names of settings that differ and need a restart.
[[nodiscard]] std::vector<std::string> needing_restart(const Settings& running,
                                                       const Settings& edited);
// The edited settings, but those that need a restart as they are in `running`.
[[nodiscard]] Settings without_restart(const Settings& running, Settings edited);

}  // namespace defenderd
