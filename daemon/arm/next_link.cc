#include "arm/next_link.h"

#include "base/letters.h"
#include "base/text.h"

namespace defenderd {
namespace {

constexpr std::size_t kMaxLink = 8192;

// Blanks, control characters, non-ASCII bytes, and a '#', which would cut off the rest of a token.
// What is encoded stays so.
std::string encoded_target(std::string_view target) {
  const auto is_hex = [&](std::size_t at) {
    return at < target.size() && hex_value(target[at]) >= 0;
  };
  std::string result;
  for (std::size_t i = 0; i < target.size(); ++i) {
    const char c = target[i];
    const bool encoded = c == '%' && is_hex(i + 1) && is_hex(i + 2);
    const bool plain = c > ' ' && c < '\x7F' && !is_one_of(c, "\"#%<>\\^`{|}");
    result += encoded || plain ? std::string(1, c) : percent_encode({&c, 1});
  }
  return result;
}

}  // namespace

std::string next_target(std::string_view next_link, const Origin& resource_manager,
                        std::string_view path) {
  const std::size_t scheme = next_link.find("://");
  if (scheme == std::string_view::npos || next_link.size() > kMaxLink) return {};
  const std::size_t start = next_link.find('/', scheme + 3);
  if (start == std::string_view::npos) return {};
  auto origin = Origin::parse(to_lower(next_link.substr(0, start)));
  Origin own = resource_manager;
  own.host = to_lower(own.host);
  if (!origin || *origin != own) return {};
  std::string target = encoded_target(next_link.substr(start));
  const bool is_same_list = iequals(std::string_view(target).substr(0, path.size()), path);
  return is_same_list ? target : std::string();
}

}  // namespace defenderd
