#pragma once
// Parameters of a list: page and search text.

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string_view>

#include "base/result.h"
#include "server/http.h"

namespace defenderd {

inline constexpr std::size_t kAnyNumber = std::numeric_limits<std::int64_t>::max();

// A whole number; `absent` if there is none.
[[nodiscard]] Result<std::size_t> parse_count(std::string_view name, std::string_view text,
                                              std::size_t absent, std::size_t most);

// `limit` and `offset` of a request.
struct PageWanted {
  std::size_t limit = 0;
  std::size_t offset = 0;
};
[[nodiscard]] Result<PageWanted> parse_page(const Request& request);

// Whether `text` contains `lower_part`, which is in lower case.
[[nodiscard]] bool contains(std::string_view text, std::string_view lower_part);

}  // namespace defenderd
