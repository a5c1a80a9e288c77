#pragma once
// Brakes for tests, in few words.

#include <optional>
#include <string>

#include "base/time_text.h"
#include "core/brake.h"
#include "support/builders.h"

namespace defenderd {

using namespace std::chrono_literals;

inline const Field kPlan = Field::plan(kDeclaredPlan);
inline const Field kEvidence = Field::extension(kDeclaredPlan, std::string(kPromptEvidence));

inline constexpr SteadyTime kStart{10h};
inline const WallTime kWall = *parse_rfc3339("2026-01-01T10:00:00Z");

inline const std::string kCode = "3f2a91bc";

inline Brake brake_of(BrakeKind kind, std::optional<int> limit) {
  Brake brake(kind);
  brake.set_rule({.limit = limit, .window = 1h});
  return brake;
}

inline Brake disable_brake(std::optional<int> limit) { return brake_of(BrakeKind::Disable, limit); }

// It is let through and written.
inline void apply(Brake& brake, unsigned n, const Field& field, SteadyTime now = kStart) {
  brake.allow(subscription_id(n), field);
  brake.finished(subscription_id(n), {field}, {}, now);
}

inline void want_plans(Brake& brake, unsigned first, unsigned last) {
  for (unsigned n = first; n <= last; ++n) brake.want(subscription_id(n), {kPlan});
}

}  // namespace defenderd
