#pragma once
// The port to the location of the state document: a file next to the journal, or storage in a
// cluster.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace defenderd {

// A longer document is damaged. One of 10,000 subscriptions of which each is held and was corrected
// before has some 55 MB; one of a fleet in sync has half a megabyte.
inline constexpr std::size_t kMaxStateBytes = 64U << 20U;

// Not thread-safe: its owner locks.
class StateStore {
 public:
  StateStore() = default;
  StateStore(const StateStore&) = delete;
  StateStore& operator=(const StateStore&) = delete;
  virtual ~StateStore() = default;

  // The document as last saved; nullopt before the first save().
  [[nodiscard]] virtual Result<std::optional<std::string>> load() = 0;
  // Replaces it, completely or not at all; durable when this returns.
  [[nodiscard]] virtual Result<Done> save(std::string_view document) = 0;
  // Whether a document is small enough to be saved.
  [[nodiscard]] virtual bool fits(std::string_view /*document*/) const { return true; }
  // Whether something else has removed or replaced what was saved last, and this process may save
  // it again. False if that is not known.
  [[nodiscard]] virtual bool was_replaced() { return false; }
  // Moves an unusable document aside and keeps it. Returns its new location, for people.
  [[nodiscard]] virtual Result<std::string> set_aside() = 0;
};

}  // namespace defenderd
