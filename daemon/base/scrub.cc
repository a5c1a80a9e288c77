#include "base/scrub.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/credential_shape.h"
#include "base/hex.h"
#include "base/letters.h"
#include "base/secret_registry.h"
#include "base/text.h"
#include "base/text_decoding.h"
#include "base/time_text.h"

namespace defenderd {
namespace {

// Only this much of a larger text is read: no message shows more.
constexpr std::size_t kMaxForeign = 16UL * 1024;
constexpr int kMaxLayers = 5;  // of escapes: four times percent-encoded, within JSON

// One per process, because the log and the memory that may show a secret are, too.
SecretRegistry& registry() {
  static SecretRegistry known;
  return known;
}

bool is_word_letter(char c) { return is_alphanumeric(c) || is_one_of(c, "_~-%+"); }

bool by_place(const TextSpan& a, const TextSpan& b) {
  return std::pair(a.begin, a.end) < std::pair(b.begin, b.end);
}

// If only a part of a secret was found, the rest of its word belongs to it.
TextSpan whole_word(std::string_view text, TextSpan span) {
  span.begin = begin_of_run(text, span.begin, is_word_letter);
  span.end = end_of_run(text, span.end, is_word_letter);
  span.end = end_of_run(text, span.end, [](char c) { return c == '='; });
  return span;
}

TextSpan in_original(const DecodedText& layer, const TextSpan& span) {
  return {layer.origin_of(span.begin), layer.origin_of(span.end)};
}

void find_known(const DecodedText& layer, std::string_view original, Suspicion suspicion,
                std::vector<TextSpan>& all) {
  std::vector<TextSpan> known;
  registry().find(layer.text, suspicion, known);
  std::sort(known.begin(), known.end(), by_place);
  std::size_t covered = 0;  // of the layer
  TextSpan last;            // of the original, whose words may be much longer
  for (const TextSpan& span : known) {
    if (span.end <= covered) continue;
    const TextSpan word = whole_word(layer.text, span);
    covered = word.end;
    const TextSpan part = in_original(layer, word);
    if (part.begin >= last.begin && part.end <= last.end) continue;
    last = whole_word(original, part);
    all.push_back(last);
  }
}

void find_in_hex(const DecodedText& layer, std::string_view original, Suspicion suspicion,
                 std::vector<TextSpan>& all) {
  DecodedText bytes = bytes_of_hex(layer);
  if (bytes.text.empty()) return;
  find_known(bytes, original, suspicion, all);
  if (drop_invisible(bytes)) find_known(bytes, original, suspicion, all);
}

void find_in_layer(const DecodedText& layer, std::string_view original, Suspicion suspicion,
                   std::vector<TextSpan>& all) {
  std::vector<TextSpan> shaped;
  find_credentials(layer.text, suspicion, shaped);
  for (const TextSpan& span : shaped) all.push_back(in_original(layer, span));
  find_known(layer, original, suspicion, all);
}

// Nearly everything that ARM answers: a single word of letters, an id, or a time. It can only be a
// credential if it is a known one.
bool is_plain(std::string_view text) {
  constexpr std::size_t kLongest = 40;
  if (text.size() > kLongest || text.starts_with("eyJ")) return false;
  return std::all_of(text.begin(), text.end(), [](char c) { return is_lower(c) || is_upper(c); }) ||
         std::all_of(text.begin(), text.end(),
                     [](char c) { return is_one_of(c, "0123456789abcdefABCDEF-"); }) ||
         parse_rfc3339(text).has_value();
}

// Sorted, and without overlaps.
std::vector<TextSpan> find_all(std::string_view text, Suspicion suspicion) {
  std::vector<TextSpan> spans;
  if (is_plain(text)) {
    registry().find(text, suspicion, spans);
    // No GUID says anything in hexadecimal, see bytes_of_hex().
    if (spans.empty() && !parse_guid(text))
      find_in_hex(DecodedText{std::string(text)}, text, suspicion, spans);
    if (!spans.empty()) spans = {{0, text.size()}};
    return spans;
  }
  DecodedText layer{std::string(text)};
  for (int layers = 0; layers <= kMaxLayers; ++layers) {
    find_in_layer(layer, text, suspicion, spans);
    // Before it decodes more: an escape may be split, too.
    if (drop_invisible(layer)) find_in_layer(layer, text, suspicion, spans);
    find_in_hex(layer, text, suspicion, spans);
    if (!decode_escapes(layer)) break;
  }
  std::sort(spans.begin(), spans.end(), by_place);
  std::vector<TextSpan> apart;
  constexpr std::size_t kGap = 8;  // what is left between two parts of a secret belongs to it
  for (const TextSpan& span : spans) {
    if (!apart.empty() && span.begin <= apart.back().end + kGap) {
      apart.back().end = std::max(apart.back().end, span.end);
    } else {
      apart.push_back(span);
    }
  }
  return apart;
}

std::string scrubbed(std::string_view text, Suspicion suspicion) {
  const std::vector<TextSpan> spans = find_all(text, suspicion);
  std::string result;
  std::size_t at = 0;
  for (const TextSpan& span : spans) {
    result += text.substr(at, span.begin - at);
    result += kRedacted;
    at = span.end;
  }
  result += text.substr(at);
  return result;
}

}  // namespace

void remember_secret(const Secret& secret) { registry().add(secret); }

std::string foreign_text(std::string_view text, std::size_t max_bytes) {
  if (text.empty()) return {};
  return printable(scrubbed(text.substr(0, kMaxForeign), Suspicion::Likely), max_bytes);
}

std::string outgoing_text(std::string_view text, std::size_t max_bytes) {
  if (text.empty()) return {};
  return printable(scrubbed(text, Suspicion::Certain), max_bytes);
}

std::string outgoing_lines(std::string_view text) { return scrubbed(text, Suspicion::Certain); }

// A value that contains a simple secret by chance, such as the path of a program whose name is the
// password, is shown; a value that is the secret is hidden.
bool holds_credential(std::string_view value) {
  if (looks_like_credential(value) || !find_all(value, Suspicion::Certain).empty()) return true;
  const std::vector<TextSpan> spans = find_all(value, Suspicion::Likely);
  return !spans.empty() && spans.front() == TextSpan{0, value.size()};
}

std::string quoted_value(std::string_view value, std::size_t max_bytes) {
  if (holds_credential(value)) return hidden_value(value);
  return '"' + printable(value, max_bytes) + '"';
}

std::string hidden_value(std::string_view value) {
  return "a text of " + std::to_string(value.size()) + (value.size() == 1 ? " byte" : " bytes") +
         " that is not shown";
}

std::string shown_path(std::string_view path) {
  constexpr std::size_t kLongestPath = 512;
  if (holds_credential(path)) return "(a path that is not shown: it looks like a secret)";
  // A file's content in place of its path.
  if (path.find_first_of("\r\n") != std::string_view::npos)
    return "(a path that is not shown: it contains a line end)";
  return printable(path, kLongestPath);
}

}  // namespace defenderd
