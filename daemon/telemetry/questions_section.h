#pragma once
// The open questions of who changed a subscription, as a section of the state document: a list.

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "core/actor.h"

namespace defenderd {

inline constexpr std::string_view kQuestionsSection = "questions";

[[nodiscard]] std::string format(const std::vector<ActorQuestion>& questions);
[[nodiscard]] Result<std::vector<ActorQuestion>> parse_questions_section(std::string_view text);

}  // namespace defenderd
