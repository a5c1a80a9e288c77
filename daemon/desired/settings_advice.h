#pragma once
// What to tell who writes a key into the settings that does not belong there.

#include <string>
#include <string_view>

namespace defenderd {

// For a secret: where secrets belong. For a key of another section: which. Otherwise "".
[[nodiscard]] std::string settings_advice(std::string_view key);

}  // namespace defenderd
