#pragma once
// Foreign text inside markdown.

#include <cstddef>
#include <string>
#include <string_view>

namespace defenderd {

// As code, which shows the text as it is: it cannot end a cell of a table, and becomes no markup,
// HTML, link, mention or reference on GitHub and Azure DevOps. "" stays empty. Longer texts are cut
// at `max_bytes`.
[[nodiscard]] std::string markdown_code(std::string_view text, std::size_t max_bytes = 200);

}  // namespace defenderd
