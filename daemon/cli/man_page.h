#pragma once
// The manual page defenderd(8). Pure.

#include <string>
#include <string_view>

#include "cli/command_model.h"

namespace defenderd {

// In man(7), for groff and mandoc.
[[nodiscard]] std::string man_page(const ProgramModel& model, std::string_view version);

}  // namespace defenderd
