#pragma once
// A write that ARM refuses as invalid: which extension is to blame, and what people are told. Pure.

#include <string>
#include <string_view>
#include <vector>

#include "core/desired_state.h"
#include "core/diff.h"
#include "core/failure.h"
#include "core/pricing.h"

namespace defenderd {

// An extension that ARM does not take, and its answer.
struct RefusedExtension {
  std::string name;
  Failure failure;
};

// Whether the answer may be about one extension of the request rather than about all of it.
[[nodiscard]] bool may_blame_an_extension(const Failure& failure);

// Extensions that the write changes or adds. What is written back as it was found is not to blame.
[[nodiscard]] std::vector<std::string> changed_extensions(const Pricing& base,
                                                          const Pricing& wanted);

// The one that ARM's words name first, "" when they name none: later ones may be named as help
// ("possible extensions are ...").
[[nodiscard]] std::string blamed_extension(std::string_view words,
                                           const std::vector<std::string>& extensions);

// For people.
[[nodiscard]] std::string refusal_message(const Drift& drift, const Failure& failure);

}  // namespace defenderd
