#pragma once
// Advice for a key that does not belong where it is in the settings.

#include <string>
#include <string_view>

namespace defenderd {

// For a secret: where to store it. For a key of another section: which one. Otherwise "".
[[nodiscard]] std::string settings_advice(std::string_view key);

}  // namespace defenderd
