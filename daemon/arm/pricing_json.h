#pragma once
// The `properties` of a pricing, read from parsed JSON: of a GET or PUT, and of a row of Azure
// Resource Graph, so that both mean the same. Members that are unknown here are carried along as
// they are written, as long as they are few.

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include "arm/pricing_codec.h"
#include "base/result.h"
#include "net/json_document.h"

namespace defenderd {

// What is carried of one subscription. A plan of Azure has a handful of extensions, and a few
// hundred bytes that are unknown here.
inline constexpr std::size_t kMaxCarried = 64UL << 10U;  // bytes of unknown members
inline constexpr std::size_t kMaxCarriedMembers = 500;
inline constexpr std::size_t kMaxExtensions = 128;
inline constexpr std::size_t kMaxNames = 8UL << 10U;  // bytes of the names of extensions

// How the name of an extension's isEnabled is written, also where its value is carried along.
inline constexpr std::string_view kWrittenFlag = R"("isEnabled")";

// A member of an object; with its name (quotes included) and value as they are written, where the
// pricing may be written back.
struct PricingMember {
  std::string_view name;
  JsonValue value;
  std::string_view written_name = {};
  std::string_view written_value = {};
};
using PricingMembers = std::span<const PricingMember>;

// Empty where the value is no object. `written` is the value's own text, "" where it is not known.
[[nodiscard]] std::vector<PricingMember> members_of(const JsonValue& object,
                                                    std::string_view written = {});

// The member of that name in any case, as ARM's contract has it for names. Of several, one that is
// spelled exactly counts before others, and the last counts before those before it. nullptr: none.
[[nodiscard]] const PricingMember* find_member(PricingMembers members, std::string_view name);

// Any members give a pricing or an Error.
[[nodiscard]] Result<DecodedPricing> read_properties(PricingMembers properties);

}  // namespace defenderd
