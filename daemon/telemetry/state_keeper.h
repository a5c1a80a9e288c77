#pragma once
// Keeps what a restart must remember: gives it back at the start, and saves it when it changes.
//
// What gates a write is durable before that write begins (before_write()); all else is saved within
// seconds. A state that cannot be saved stops nothing: it is told by one error in the log and
// counted, tried again, and nothing is forgotten as long as the process lives.

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
#include "telemetry/state_store.h"

namespace defenderd {

// A part of the state. Its functions are called by one thread at a time.
struct StateSection {
  struct Revision {
    std::uint64_t any = 0;           // grows when there may be something new to save
    std::uint64_t before_write = 0;  // grows when that must be durable before the next write
  };
  std::string name;
  std::function<Revision()> revision;
  std::function<std::string()> write;  // as JSON text
  // What was saved at that time. The Error says, in words that end a sentence, what is wrong.
  std::function<Result<Done>(std::string_view text, WallTime saved)> read;
  // Where nothing was saved, or nothing that can be used: from other sources. May be empty.
  std::function<void()> rebuild = {};
};

// Thread-safe.
class StateKeeper {
 public:
  struct Options {
    bool read_only = false;                     // for those who only look
    std::function<void()> on_write_error = {};  // each time
  };
  // Without a store nothing is remembered. Clock and log outlive it.
  StateKeeper(std::unique_ptr<StateStore> store, Clock& clock, Logger& log,
              std::vector<StateSection> sections, Options options);

  // Gives each section what was saved of it, and saves: a place that cannot be written is known
  // from the start on. A document that is damaged or of a newer version is set aside, with an error
  // in the log.
  void load();

  // On a worker's thread, right before a write.
  void before_write();
  void save_if_changed();

  // Saves what has changed every few seconds until `stop` is requested. Blocks.
  void run(const std::stop_token& stop);

 private:
  using Sections = std::map<std::string, std::string>;
  struct News {
    bool bad = true;
    std::string message = {};
  };

  [[nodiscard]] StateSection::Revision revision() const;
  std::string read_document() REQUIRES(mutex_);
  std::optional<News> save(StateSection::Revision now) REQUIRES(mutex_);
  void tell(const std::optional<News>& news) const;

  const std::unique_ptr<StateStore> store_ PT_GUARDED_BY(mutex_);
  Clock& clock_;
  Logger& log_;
  const std::vector<StateSection> sections_;
  const Options options_;

  Mutex mutex_;
  Sections unknown_ GUARDED_BY(mutex_);  // of another version; carried along
  Sections saved_ GUARDED_BY(mutex_);
  StateSection::Revision durable_ GUARDED_BY(mutex_);
  Duration wall_ahead_ GUARDED_BY(mutex_){0};  // of the steady clock, when it was saved
  bool failing_ GUARDED_BY(mutex_) = false;
};

}  // namespace defenderd
