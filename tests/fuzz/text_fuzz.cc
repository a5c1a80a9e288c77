// Words about foreign texts: what is shown, quoted and escaped, and GUIDs.

#include "base/text.h"

#include <array>
#include <nlohmann/json.hpp>

#include "base/json_writer.h"
#include "core/ids.h"
#include "fuzz/fuzz.h"
#include "net/http.h"
#include "telemetry/exposition.h"

using namespace defenderd;
using fuzz::require;

namespace {

void check_printable(std::string_view text) {
  for (const std::size_t most : {std::size_t{0}, std::size_t{5}, std::size_t{512}}) {
    const std::string shown = printable(text, most);
    require(is_valid_utf8(shown), "a printable text is UTF-8");
    require(shown.size() <= most + 3, "a printable text is bounded");
    require(std::none_of(shown.begin(), shown.end(),
                         [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }),
            "a printable text has no control characters");
    require(printable(shown, shown.size()) == shown, "a printable text stays as it is");
  }
}

void check_json(std::string_view text) {
  JsonWriter writer;
  writer.begin_object();
  writer.member(text, text);
  writer.end_object();
  const auto json = nlohmann::json::parse(writer.take(), nullptr, false);
  require(json.is_object() && json.size() == 1, "any text makes valid JSON");
  if (is_valid_utf8(text)) require(json.begin().value() == text, "JSON keeps a well-formed text");
}

// Undoes what a scraper undoes.
std::string unescaped(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 1 < text.size()) {
      ++i;
      result += text[i] == 'n' ? '\n' : text[i];
    } else {
      result += text[i];
    }
  }
  return result;
}

void check_label(std::string_view text) {
  const std::string label = label_text({{"name", text}});
  require(is_valid_utf8(label) == is_valid_utf8(text), "a label is as well-formed as its text");
  require(label.find('\n') == std::string::npos, "a label stays on its line");
  require(label.starts_with("name=\"") && label.ends_with('"'), "a label is quoted");
  const std::string_view inside = std::string_view(label).substr(6, label.size() - 7);
  std::size_t backslashes = 0;
  for (const char c : inside) {
    require(c != '"' || backslashes % 2 == 1, "a quote inside a label is escaped");
    backslashes = c == '\\' ? backslashes + 1 : 0;
  }
  require(backslashes % 2 == 0, "the closing quote of a label is not escaped");
  if (is_valid_utf8(text)) require(unescaped(inside) == text, "a label keeps a well-formed text");
}

void check_words(std::string_view text) {
  const std::string lower = to_lower(text);
  require(iequals(lower, text) && to_lower(lower) == lower, "case is folded once");
  const std::string_view trimmed = trim(text);
  require(trim(trimmed) == trimmed, "a trimmed text is trimmed");
  const std::array<std::string_view, 3> words{"promptEvidence", "plan", "subscriptions"};
  const std::string_view near = nearest(text, words);
  require(near.empty() || edit_distance(text, near) <= std::max<std::size_t>(text.size() / 3, 1),
          "what is near is near");
  const std::string encoded = percent_encode(text);
  require(encoded.find_first_of(" \r\n&=?#/\"<>") == std::string::npos, "what is encoded is plain");
}

void check_guid(std::string_view text) {
  const auto id = SubscriptionId::parse(text);
  if (!id) return;
  require(id->text() == to_lower(text), "a GUID is shown in lower case");
  require(SubscriptionId::parse(id->text()) == id, "a GUID survives being written");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::text_of(data, size);
  check_printable(text);
  check_json(text);
  check_label(text);
  check_words(text);
  check_guid(text);
  return 0;
}
