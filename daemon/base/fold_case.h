#pragma once
// Case-insensitive text beyond ASCII: Unicode's simple case folding, one character for one, the
// same in every locale. Azure compares names such as those of tags so.

#include <string>
#include <string_view>

namespace defenderd {

// Texts that differ only in case become the same. Malformed UTF-8 stays as it is.
[[nodiscard]] std::string fold_case(std::string_view text);
[[nodiscard]] bool same_but_for_case(std::string_view a, std::string_view b);

}  // namespace defenderd
