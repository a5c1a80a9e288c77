#pragma once
// The port to the place where the state document lives: a file beside the journal, or what a
// cluster keeps in its place.

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace defenderd {

// Not thread-safe: its owner locks.
class StateStore {
 public:
  StateStore() = default;
  StateStore(const StateStore&) = delete;
  StateStore& operator=(const StateStore&) = delete;
  virtual ~StateStore() = default;

  // The document as it was saved last; nullopt before the first save().
  [[nodiscard]] virtual Result<std::optional<std::string>> load() = 0;
  // In its place, all of it or nothing; durable when this returns.
  [[nodiscard]] virtual Result<Done> save(std::string_view document) = 0;
  // Makes room for a document that cannot be used, and keeps it. Where it is now, for people.
  [[nodiscard]] virtual Result<std::string> set_aside() = 0;
};

}  // namespace defenderd
