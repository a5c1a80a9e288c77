#pragma once
// Keeps what must survive a restart: restores it at the start, and saves it when it changes.
//
// What a write depends on is durable before that write starts (before_write()); everything else is
// saved within seconds, ages of what was observed within a minute. A state that cannot be saved
// stops nothing: it is one error in the log, counted and retried, and nothing is forgotten while
// the process lives.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"
#include "base/result.h"
#include "telemetry/log.h"
#include "telemetry/state_document.h"
#include "telemetry/state_store.h"

namespace defenderd {

// A part of the state. Its functions are called by one thread at a time.
struct StateSection {
  struct Revision {
    std::uint64_t any = 0;           // increases if there may be something new to save
    std::uint64_t before_write = 0;  // increases if that must be durable before the next write
    // Increases if what is saved of observations has become older, and nothing else has changed.
    std::uint64_t ages = 0;
  };
  std::string name;
  std::function<Revision()> revision;
  std::function<std::string()> write;  // as JSON text
  // Restores what was saved then. The Error says, as the end of a sentence, what is wrong.
  std::function<Result<Done>(std::string_view text, WallTime saved)> read;
  // If there is no usable document: restores from other sources. May be empty.
  std::function<void()> rebuild = {};
  // Left out of a document that does not fit where it is stored, the highest first. 0: never.
  int expendable = 0;
};

// Thread-safe.
class StateKeeper {
 public:
  struct Options {
    bool read_only = false;                     // for commands that only read
    std::function<void()> on_write_error = {};  // for each error
    // Whether it is saved now; what is not is saved later.
    std::function<bool()> may_save = [] { return true; };
    // From one save to the next that a write waits for. Writes that become due meanwhile share it.
    Duration min_gap = Duration::zero();
  };
  // Without a store nothing is saved. Clock and log must outlive it.
  StateKeeper(std::unique_ptr<StateStore> store, Clock& clock, Logger& log,
              std::vector<StateSection> sections, Options options);

  // Restores each section, and saves: a location that is not writable is found at the start.
  // A document that is damaged or of a newer version is moved aside, with an error in the
  // log. Returns why what was saved cannot be used, or not all of it; "" if it can.
  std::string load();

  // On a worker's thread, right before a write. May wait for Options::min_gap.
  void before_write();
  // From now on no write waits, nor does one that does: the program stops. Any thread.
  void hurry() { hurry_.request_stop(); }
  // Everything, at once.
  void save_if_changed() { static_cast<void>(save_now()); }
  // The same. The Error says why a restart would forget something.
  [[nodiscard]] Result<Done> save_now();

  // Saves the state again if something else has removed or replaced it.
  void check_store();

  // Does both every few seconds until `stop` is requested. Blocks.
  void run(const std::stop_token& stop);
  // The body of run()'s loop: changes of ages alone wait until the last save is a minute old.
  void step();

 private:
  using Sections = std::map<std::string, std::string>;
  struct News {
    bool bad = true;
    std::string message = {};
  };

  [[nodiscard]] StateSection::Revision revision() const;
  std::string read_document() REQUIRES(mutex_);
  // Leaves out what does not fit, and returns the names of these sections. `text`: of the document.
  std::vector<std::string> shrink(StateDocument& document, std::string& text) const
      REQUIRES(mutex_);
  // What could not be read again is not saved.
  Result<Done> store(const std::string& text) REQUIRES(mutex_);
  [[nodiscard]] std::optional<SteadyTime> shared_save(std::uint64_t needed);
  enum class Ages { AtOnce, OnceAMinute };
  Result<Done> save_changes(Ages ages);
  std::optional<News> save(StateSection::Revision now) REQUIRES(mutex_);
  void report(const std::optional<News>& news) const;

  const std::unique_ptr<StateStore> store_ PT_GUARDED_BY(mutex_);
  Clock& clock_;
  Logger& log_;
  const std::vector<StateSection> sections_;
  const Options options_;
  std::stop_source hurry_;

  Mutex mutex_;
  Sections unknown_ GUARDED_BY(mutex_);                          // of another version; preserved
  std::map<std::string, std::size_t> saved_ GUARDED_BY(mutex_);  // hashes of the sections
  StateSection::Revision durable_ GUARDED_BY(mutex_);
  Duration wall_ahead_ GUARDED_BY(mutex_){0};  // of the steady clock, when it was saved
  std::optional<SteadyTime> stored_at_ GUARDED_BY(mutex_);
  bool failing_ GUARDED_BY(mutex_) = false;
  std::string why_not_ GUARDED_BY(mutex_);                // the last save did not store it
  std::vector<std::string> left_out_ GUARDED_BY(mutex_);  // of the last document that was saved
};

}  // namespace defenderd
