#include "server/parameters.h"

#include <charconv>
#include <string>

#include "base/text.h"

namespace defenderd {
namespace {

constexpr std::size_t kDefaultLimit = 100;
constexpr std::size_t kMaxLimit = 10'000;

}  // namespace

Result<std::size_t> parse_count(std::string_view name, std::string_view text, std::size_t absent,
                                std::size_t most) {
  if (text.empty()) return absent;
  std::size_t value = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || stop != end || value > most) {
    return Unexpected(
        Error{std::string(name) + " must be a whole number of at most " + std::to_string(most)});
  }
  return value;
}

Result<PageWanted> parse_page(const Request& request) {
  const auto limit = parse_count("limit", request.param("limit"), kDefaultLimit, kMaxLimit);
  if (!limit) return Unexpected(limit.error());
  const auto offset = parse_count("offset", request.param("offset"), 0, kAnyNumber);
  if (!offset) return Unexpected(offset.error());
  return PageWanted{*limit, *offset};
}

bool contains(std::string_view text, std::string_view lower_part) {
  return to_lower(text).find(lower_part) != std::string::npos;
}

}  // namespace defenderd
