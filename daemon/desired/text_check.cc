#include "desired/text_check.h"

#include <algorithm>
#include <array>
#include <cstdio>

#include "base/text.h"

namespace defenderd {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

bool is_blank(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; });
}

bool starts_as_utf16(std::string_view text) {
  using namespace std::string_view_literals;
  return text.starts_with("\xFF\xFE"sv) || text.starts_with("\xFE\xFF"sv) ||
         text.starts_with("\0\0\xFE\xFF"sv);
}

std::string control_message(char c) {
  if (c == '\0') {
    return "a NUL byte: expected plain text in UTF-8 (a binary file, or one saved as UTF-16?)";
  }
  if (c == '\r') {
    return "a carriage return without a line feed: save the file with Unix line ends";
  }
  std::array<char, 96> buffer{};
  const int length =
      std::snprintf(buffer.data(), buffer.size(), "the control character U+%04X: delete it",
                    static_cast<unsigned>(static_cast<unsigned char>(c)));
  return {buffer.data(), static_cast<std::size_t>(length)};
}

// Offset of the first byte that is not well-formed UTF-8; the text is known to have one.
std::size_t first_malformed(std::string_view text) {
  // Lines are valid separately, so only the bad line is checked closely.
  std::size_t start = 0;
  while (true) {
    const auto end = std::min(text.find('\n', start), text.size());
    if (!is_valid_utf8(text.substr(start, end - start))) break;
    start = end + 1;
  }
  std::size_t offset = start;
  while (true) {
    const auto lead = static_cast<unsigned char>(text[offset]);
    const std::size_t length = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    if (!is_valid_utf8(text.substr(offset, length))) return offset;
    offset += length;
  }
}

}  // namespace

std::optional<TextProblem> check_text(std::string_view text) {
  if (starts_as_utf16(text)) {
    return TextProblem{{1, 1}, "the file is in UTF-16 or UTF-32: save it as UTF-8"};
  }
  const std::size_t start = text.starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0;
  if (is_blank(text.substr(start))) {
    return TextProblem{{1, 1}, "the file is empty: expected apiVersion, kind and more"};
  }
  const auto fail = [&](std::size_t offset, std::string message) {
    return TextProblem{place_of(text.substr(start), offset - start), std::move(message)};
  };
  for (std::size_t i = start; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c >= 0x20 && c != 0x7F) continue;
    if (c == '\n' || c == '\t') continue;
    if (c == '\r' && i + 1 < text.size() && text[i + 1] == '\n') continue;
    return fail(i, control_message(text[i]));
  }
  if (!is_valid_utf8(text)) {
    return fail(
        first_malformed(text),
        "a byte that is not UTF-8: save the file as UTF-8 (was it Latin-1 or Windows-1252?)");
  }
  const auto mark = text.find(kByteOrderMark, start);
  if (mark != std::string_view::npos) {
    return fail(mark,
                "a byte order mark in the middle of the file: delete it (were two files joined "
                "together?)");
  }
  return std::nullopt;
}

}  // namespace defenderd
