#pragma once
// How a pricing and the differences of a subscription look in the state document.

#include <optional>

#include "base/json_writer.h"
#include "core/actor.h"
#include "core/pricing.h"
#include "telemetry/section_node.h"
#include "telemetry/status_row.h"

namespace defenderd {

// Values that are shown, and nothing that only a write needs.
void write_pricing(JsonWriter& json, const Pricing& pricing);
[[nodiscard]] std::optional<Pricing> read_pricing(const SectionNode& object);

// As members of an object that may have others, here and in the API.
void write_members(JsonWriter& json, const Actor& actor);

// As members of an object that has others. Lists that are empty are left out.
void write_differences(JsonWriter& json, const Differences& differences);
[[nodiscard]] std::optional<Differences> read_differences(const SectionNode& object);

}  // namespace defenderd
