#pragma once
// Reads the `properties` of a pricing from parsed JSON: of a GET or PUT, and of a row of Azure
// Resource Graph, so that both mean the same. A limited number of unknown members is preserved as
// written.

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include "arm/pricing_codec.h"
#include "base/result.h"
#include "net/json_document.h"

namespace defenderd {

// What is preserved of one subscription. A plan of Azure has a handful of extensions, and a few
// hundred bytes that are unknown here.
inline constexpr std::size_t kMaxCarried = 64UL << 10U;  // bytes of unknown members
inline constexpr std::size_t kMaxCarriedMembers = 500;
inline constexpr std::size_t kMaxExtensions = 128;
inline constexpr std::size_t kMaxNames = 8UL << 10U;  // bytes of the names of extensions

// The name of an extension's isEnabled as we write it, also if its value is preserved.
inline constexpr std::string_view kWrittenFlag = R"("isEnabled")";

// A member of an object. Its name (with quotes) and value as they are written are set if the
// pricing may be written back.
struct PricingMember {
  std::string_view name;
  JsonValue value;
  std::string_view written_name = {};
  std::string_view written_value = {};
};
using PricingMembers = std::span<const PricingMember>;

// Empty if the value is not an object. `written` is the value's source text, "" if unknown.
[[nodiscard]] std::vector<PricingMember> members_of(const JsonValue& object,
                                                    std::string_view written = {});

// The member of that name, or nullptr. Names are case-insensitive, as in ARM's contract. If there
// are several, the last exact spelling counts, else the last of any spelling.
[[nodiscard]] const PricingMember* find_member(PricingMembers members, std::string_view name);

// Any members give a pricing or an Error.
[[nodiscard]] Result<DecodedPricing> read_properties(PricingMembers properties);

// A plan that is on lists its extensions, those that are off too. An answer that shows it on and
// lists none does not know them: it does not say that they are off.
[[nodiscard]] bool lacks_extensions(PlanName plan, const DecodedPricing& shown);

}  // namespace defenderd
