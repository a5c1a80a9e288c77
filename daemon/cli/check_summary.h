#pragma once
// What a desired state declares, in numbers. Pure.

#include <cstddef>
#include <map>
#include <string>

#include "base/clock.h"
#include "base/json_writer.h"
#include "core/desired_state.h"

namespace defenderd {

struct CheckSummary {
  struct Declared {
    std::size_t enforce = 0;
    std::size_t observe = 0;
    std::size_t plan_on = 0;
    std::size_t plan_off = 0;
  };
  struct Ending {
    std::size_t all = 0;
    std::size_t expired = 0;
  };
  Declared subscriptions = {};
  Declared scopes = {};
  Ending accepted = {};  // findings, those of defaults once
  Ending suspensions = {};
  struct InWave {
    std::size_t subscriptions = 0;
    std::size_t scopes = 0;
  };
  std::map<int, InWave> waves = {};
};
[[nodiscard]] CheckSummary summary_of(const DesiredState& desired, WallTime now);

// Lines for people, without those that count nothing.
[[nodiscard]] std::string as_text(const CheckSummary& summary);
// As an object. config/README.md documents its members.
void write_summary(JsonWriter& json, const CheckSummary& summary);

}  // namespace defenderd
