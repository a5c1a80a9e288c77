#pragma once
// What an edit of the desired state means: `defenderd diff --from`. Pure.

#include <string>

#include "base/json_writer.h"
#include "core/desired_review.h"

namespace defenderd {

// For a terminal: what to review first, then the rest. At most some hundred lines for each part.
[[nodiscard]] std::string edit_text(const DesiredReview& review);

// For a comment on a pull request: at most 60,000 bytes. Names and other texts cannot be markup.
[[nodiscard]] std::string edit_markdown(const DesiredReview& review);

// All of it, as an object. config/README.md documents the members: they are a contract.
[[nodiscard]] std::string edit_json(const DesiredReview& review);
// The members of that object but apiVersion and kind, into an open object.
void write_edit(JsonWriter& json, const DesiredReview& review);

}  // namespace defenderd
