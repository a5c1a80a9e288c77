#pragma once
// Follows the two files while the daemon runs, and passes an edit to the parts that it concerns.
//
// One thread reads the files, so that a file system that does not answer holds up nothing else; to
// have them read at once, wake that thread.

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/guarded.h"
#include "base/mutex.h"
#include "desired/config.h"
#include "desired/folder_watch.h"
#include "server/endpoints.h"
#include "telemetry/log.h"
#include "telemetry/metrics.h"

namespace defenderd {

// Logs what is odd about files that are nevertheless in force.
void warn_of_odd_files(const std::vector<std::string>& warnings, Logger& log);

// Thread-safe.
class Reloader {
 public:
  struct Paths {
    std::string config;
    std::string desired;
  };
  // The parts that an edit concerns, called on the thread of watch(), in this order.
  struct Appliers {
    std::vector<std::function<void(const Settings&)>> settings = {};
    std::function<void(DesiredState)> desired = {};
    // After each poll: Config::Change::early_freezes.
    std::function<void(std::vector<Freeze>)> early_freezes = {};
    // Time to read other files: after each poll of these, and every second.
    std::function<void()> polled = {};
    // A signal asks for the files; called on the thread of poll_soon().
    std::function<void()> reloading = {};
    // They were read since, and no edit waits for its writer.
    std::function<void()> reloaded = {};
  };
  // `config` has loaded `loaded`; the parts were created with `at_start`. Metrics, clock and log
  // outlive it.
  Reloader(std::unique_ptr<Config> config, const Config::Loaded& loaded, Settings at_start,
           Paths paths, Appliers appliers, Metrics& metrics, Clock& clock, Logger& log);

  // Reads the files whenever they change, until `stop` is requested. Blocks. An exception is
  // logged, and the files are read again.
  void watch(const std::stop_token& stop);
  // Reads the files once: the body of watch()'s loop.
  void step();

  // Polls the files now and waits a few seconds for the result. One at a time: a second call
  // returns at once.
  [[nodiscard]] ReloadAnswer reload();
  // Wakes watch() to poll the files now.
  void poll_soon();

  // The settings in force, why an edit of them is not, and the files' reader with what it knows of
  // them; the last call, after watch() has returned.
  [[nodiscard]] Settings settings() const;
  [[nodiscard]] std::string refused() const;
  [[nodiscard]] std::unique_ptr<Config> take_config() { return std::move(config_); }

  // What a restart must remember of the files; recall() comes before watch().
  [[nodiscard]] Config::Marks marks() const { return config_->marks(); }
  void recall(std::vector<FileMark> earlier);
  // Why no desired state is in force, for people; nullopt if one is. What was loaded at the start
  // seems to be unfinished: it, or another, is passed on once it is at rest. Waits for no file.
  [[nodiscard]] std::optional<std::string> awaits_desired() const;

  struct InForce {
    std::string settings_hash;
    std::string desired_hash;
    WallTime since;                     // when an edit last took effect
    std::optional<WallTime> bad_since;  // since when the files have had problems
    Duration poll_interval;
    std::vector<std::string> restart_needed;  // keys of settings that the files change and only a
                                              // restart applies
  };
  // Waits for no file.
  [[nodiscard]] InForce in_force() const;
  // What is wrong with the last edit, a line per problem; "" if it was good. Waits for no file.
  [[nodiscard]] std::string problems() const;

 private:
  void apply_change(Config::Change change);
  void apply_settings(Settings settings);
  void compare_with_start(const Settings& settings);
  void apply_desired(DesiredState desired);
  void count_reload();
  void note_bug(std::string_view doing, std::string_view what);

  std::unique_ptr<Config> config_;
  const Settings at_start_;
  const Paths paths_;
  const Appliers appliers_;
  Metrics& metrics_;
  Clock& clock_;
  Logger& log_;
  const OnThrow report_bug_;
  FolderWatch watch_;
  int waiting_polls_ = 0;  // used by watch()'s thread

  mutable Mutex mutex_;  // never held while a file is read or an edit takes effect
  std::condition_variable_any changed_;
  Settings settings_ GUARDED_BY(mutex_);  // of the files, in force but for the following keys
  std::vector<std::string> restart_needed_ GUARDED_BY(mutex_);
  std::string desired_hash_ GUARDED_BY(mutex_);
  WallTime in_force_since_ GUARDED_BY(mutex_);
  std::optional<WallTime> bad_since_ GUARDED_BY(mutex_) = {};
  std::string bug_ GUARDED_BY(mutex_);      // why the last edit did not take effect; mostly ""
  std::string refused_ GUARDED_BY(mutex_);  // Config::Loaded::refused
  bool reloading_ GUARDED_BY(mutex_) = false;
  bool stopped_ GUARDED_BY(mutex_) = false;
  bool waiting_ GUARDED_BY(mutex_) = false;      // an edit waits for its writer
  std::uint64_t asked_ GUARDED_BY(mutex_) = 0;   // requested polls
  std::uint64_t polled_ GUARDED_BY(mutex_) = 0;  // of these, the last one that was done
  // The last poll that poll_soon() has requested; 0: it has been answered by reloaded().
  std::uint64_t signalled_ GUARDED_BY(mutex_) = 0;
};

}  // namespace defenderd
