#pragma once
// Freezes as people see them: in the API, the page and the metrics.

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "core/freeze.h"
#include "telemetry/exposition.h"

namespace defenderd {

struct FreezeStatus {
  Freeze freeze;
  std::string id = {};            // the same after a restart
  std::size_t subscriptions = 0;  // that are declared, and that it concerns
  bool in_force = false;
  std::optional<WallTime> since = {};  // in force; first seen so, where it has no beginning
  std::optional<WallTime> next = {};   // not in force: when it will be
  std::optional<WallTime> ends = {};   // nullopt: when it is removed
};

// An order by the API.
struct ThawOrder {
  std::string reason = {};  // why, for people
  std::string by = {};
  std::vector<std::string> freezes = {};  // ids, or reasons of freezes
  bool all = false;
};
// What an order came to. It is in force, whether or not it was saved.
struct FreezeAnswer {
  std::string not_saved = {};           // why a restart forgets it; "" if it does not
  std::vector<std::string> ended = {};  // by a thaw: "incident 4711 (alice)"
};

// "incident 4711 (alice)"
[[nodiscard]] std::string title_of(const Freeze& freeze);

// The text of describe(), and what of the fleet the freeze concerns where that is not all: "; only
// for the subscriptions of payments; protection may still be switched on".
[[nodiscard]] std::string describe_with_scope(const ActiveFreeze& active);

// `defenderd_writes_frozen` and since when there is a freeze without an end.
void write_freeze_metrics(Exposition& out, const std::vector<FreezeStatus>& freezes);

}  // namespace defenderd
