#include "desired/scalar_type.h"

namespace defenderd {
namespace {

bool all_of(std::string_view text, std::string_view set) {
  return !text.empty() && text.find_first_not_of(set) == std::string_view::npos;
}

constexpr std::string_view kDigits = "0123456789";

// Digits with an optional point and exponent, as in JSON and YAML 1.2.
bool is_real(std::string_view text) {
  if (text.starts_with('+') || text.starts_with('-')) text.remove_prefix(1);
  if (text == ".inf" || text == ".Inf" || text == ".INF") return true;
  const auto exponent = text.find_first_of("eE");
  if (exponent != std::string_view::npos) {
    std::string_view power = text.substr(exponent + 1);
    if (power.starts_with('+') || power.starts_with('-')) power.remove_prefix(1);
    if (!all_of(power, kDigits)) return false;
    text = text.substr(0, exponent);
  }
  const auto point = text.find('.');
  if (point == std::string_view::npos) return all_of(text, kDigits);
  const std::string_view whole = text.substr(0, point);
  const std::string_view fraction = text.substr(point + 1);
  if (whole.empty()) return all_of(fraction, kDigits);
  return all_of(whole, kDigits) && (fraction.empty() || all_of(fraction, kDigits));
}

bool is_integer(std::string_view text) {
  if (text.starts_with("0x")) return all_of(text.substr(2), "0123456789abcdefABCDEF");
  if (text.starts_with("0o")) return all_of(text.substr(2), "01234567");
  if (text.starts_with('+') || text.starts_with('-')) text.remove_prefix(1);
  return all_of(text, kDigits);
}

}  // namespace

ScalarType scalar_type(std::string_view plain) {
  if (plain == "true" || plain == "True" || plain == "TRUE" || plain == "false" ||
      plain == "False" || plain == "FALSE") {
    return ScalarType::Boolean;
  }
  if (is_integer(plain)) return ScalarType::Integer;
  if (is_real(plain) || plain == ".nan" || plain == ".NaN" || plain == ".NAN") {
    return ScalarType::Real;
  }
  return ScalarType::Text;
}

}  // namespace defenderd
