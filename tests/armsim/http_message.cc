#include "armsim/http_message.h"

#include <charconv>
#include <string_view>

#include "base/text.h"

namespace armsim {
namespace {

std::optional<std::string> find_value(const HeaderList& list, const std::string& name) {
  for (const auto& [key, value] : list) {
    if (defenderd::iequals(key, name)) return value;
  }
  return std::nullopt;
}

std::string decode(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+') {
      result += ' ';
      continue;
    }
    unsigned value = 0;
    if (text[i] == '%' && i + 2 < text.size()) {
      const char* const digits = text.data() + i + 1;
      if (std::from_chars(digits, digits + 2, value, 16).ptr == digits + 2) {
        result += static_cast<char>(value);
        i += 2;
        continue;
      }
    }
    result += text[i];
  }
  return result;
}

}  // namespace

std::optional<std::string> HttpRequest::header(const std::string& name) const {
  return find_value(headers, name);
}

std::optional<std::string> HttpRequest::parameter(const std::string& name) const {
  return find_value(query, name);
}

std::optional<std::string> HttpAnswer::header(const std::string& name) const {
  return find_value(headers, name);
}

HeaderList parse_form(const std::string& text) {
  HeaderList result;
  std::string_view rest = text;
  while (!rest.empty()) {
    const std::size_t end = rest.find('&');
    const std::string_view pair = rest.substr(0, end);
    rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
    if (pair.empty()) continue;
    const std::size_t equals = pair.find('=');
    result.emplace_back(decode(pair.substr(0, equals)), equals == std::string_view::npos
                                                            ? std::string()
                                                            : decode(pair.substr(equals + 1)));
  }
  return result;
}

}  // namespace armsim
