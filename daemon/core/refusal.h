#pragma once
// A write that ARM rejects as invalid: which extension causes it, and the message. Pure.

#include <string>
#include <string_view>
#include <vector>

#include "core/desired_state.h"
#include "core/diff.h"
#include "core/failure.h"
#include "core/pricing.h"

namespace defenderd {

// An extension that ARM rejects, and its answer.
struct RefusedExtension {
  std::string name;
  Failure failure;
};

// Whether the answer may be about one extension of the request rather than all of it.
[[nodiscard]] bool may_blame_an_extension(const Failure& failure);
// The same where its text names none: only if ARM says that the content of the request is invalid.
[[nodiscard]] bool may_blame_an_unnamed_extension(const Failure& failure);

// Extensions that the write changes or adds. Unchanged values cannot be the cause.
[[nodiscard]] std::vector<std::string> changed_extensions(const Pricing& base,
                                                          const Pricing& wanted);

// The one that ARM's message names first, "" if it names none: later ones may be examples
// ("possible extensions are ...").
[[nodiscard]] std::string blamed_extension(std::string_view words,
                                           const std::vector<std::string>& extensions);

// The message for people.
[[nodiscard]] std::string refusal_message(const Drift& drift, const Failure& failure);

}  // namespace defenderd
