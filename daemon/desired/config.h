#pragma once
// The two files in force: the last good ones, and the problems of later edits.

#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"
#include "base/result.h"
#include "core/desired_state.h"
#include "core/file_mark.h"
#include "core/freeze.h"
#include "desired/file_source.h"
#include "desired/ignored_files.h"
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
    std::vector<IgnoredFile> ignored = {};   // in the folder of the desired state
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
    // Freezes that settings add which wait, or which were rejected while they waited: these alone
    // are in force already. All that there are at this time.
    std::vector<Freeze> early_freezes = {};
    std::vector<std::string> warnings = {};  // what is unusual about them
    bool failed = false;                     // a file became bad, or has other problems
    bool recovered = false;                  // none is bad now
  };
  [[nodiscard]] Change poll(const Clock& clock, const Writers& writers);

  // What a restart must remember of the desired state's files in force.
  struct Marks {
    std::vector<FileMark> files = {};
    std::uint64_t revision = 0;  // increases when they change
  };
  [[nodiscard]] Marks marks() const;
  // What an earlier run remembered; after load(), by its thread. The desired state of load() may be
  // unfinished compared with that.
  void recall(std::vector<FileMark> earlier);
  // True in that case: it is not in force, and poll() returns it, or another, once it is at rest.
  [[nodiscard]] bool awaits_desired() const;

  // Why a change that poll() has found is not in force yet, because it may be incomplete; "" if
  // there is none.
  [[nodiscard]] std::string waiting() const;

  // Of the current files; empty if the last edits were good. Does not wait for a file that is being
  // read.
  [[nodiscard]] std::vector<Problem> problems() const;

 private:
  void find_early_freezes(const std::optional<Source<Settings>::Given>& given);
  void desired_in_force(std::vector<FileMark> files) REQUIRES(mutex_);

  Source<Settings> settings_;
  Source<DesiredState> desired_;
  const std::string revision_file_;
  std::vector<Freeze> freezes_ = {};  // of the settings in force
  std::vector<Freeze> early_ = {};

  mutable Mutex mutex_;  // never held while a file is read
  std::vector<Problem> settings_problems_ GUARDED_BY(mutex_);
  std::vector<Problem> desired_problems_ GUARDED_BY(mutex_);
  std::string waiting_ GUARDED_BY(mutex_);
  Marks marks_ GUARDED_BY(mutex_);
  bool awaits_desired_ GUARDED_BY(mutex_) = false;
};

// The settings alone, for commands that need no desired state. The Error holds every problem.
[[nodiscard]] Result<Settings> load_settings(const std::string& path);

// Only a desired state, as it is: for comparison. Or every problem.
[[nodiscard]] Result<DesiredState, std::vector<Problem>> load_desired(const std::string& path);

}  // namespace defenderd
