#include "base/only_secret.h"

#include <algorithm>
#include <array>

#include "base/letters.h"
#include "base/scrub.h"
#include "base/text.h"

namespace defenderd {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
// Besides control characters: what web pages, chats and word processors leave at the end of a copy.
// No-break space, soft hyphen, zero width space, narrow no-break space, word joiner, byte order
// mark.
constexpr std::array<std::string_view, 6> kUnseen{"\xC2\xA0",     "\xC2\xAD",     "\xE2\x80\x8B",
                                                  "\xE2\x80\xAF", "\xE2\x81\xA0", kByteOrderMark};

bool is_quoted(std::string_view text) {
  return text.size() > 1 && text.front() == text.back() && is_one_of(text.front(), "\"'");
}

// {"name": ..., also over several lines. A secret that was made by hand may begin with a brace.
bool is_json(std::string_view text) {
  return text.starts_with('{') && trim(text.substr(1)).starts_with('"') && text.ends_with('}');
}

// AZURE_CLIENT_SECRET=, as in a file of variables. Base64 may end with "=", but has no underscore.
bool is_assignment(std::string_view text) {
  if (text.starts_with("export ")) text = trim(text.substr(text.find(' ')));
  const std::string_view name = text.substr(0, text.find('='));
  return name.size() < text.size() && name.find('_') != std::string_view::npos &&
         !is_digit(name.front()) && std::all_of(name.begin(), name.end(), [](char c) {
           return is_upper(c) || is_digit(c) || c == '_';
         });
}

bool is_utf16(std::string_view text) {
  return text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF");
}

bool has_unseen(std::string_view text) {
  return !is_printable(text) ||
         std::any_of(kUnseen.begin(), kUnseen.end(), [&](std::string_view character) {
           return text.find(character) != std::string_view::npos;
         });
}

bool is_visible_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c <= '~'; });
}

// What prevents the use of a text without the blanks around it, "" if nothing.
std::string_view fault_of(std::string_view text, SecretKind kind) {
  const bool token = kind == SecretKind::Token;
  if (text.empty()) return "is empty; expected a secret or token";
  if (is_utf16(text)) return "is UTF-16; write it in UTF-8 or ASCII";
  if (is_json(text)) return "is JSON; expected just the secret or token that is in it";
  if (text.find_first_of("\r\n") != std::string_view::npos)
    return "has more than one line; expected just the secret or token";
  if (is_quoted(text)) return "is in quotes, which would be sent as a part of it; remove them";
  if (is_assignment(text))
    return "begins with the name of a variable and \"=\"; expected just the secret or token";
  if (token && iequals(text.substr(0, text.find(' ')), "bearer"))
    return "begins with \"Bearer\"; expected just the token";
  if (text.find('\0') != std::string_view::npos)
    return "contains a NUL character; write it in UTF-8 or ASCII, and delete the character";
  if (!is_valid_utf8(text)) return "is not UTF-8; write it in UTF-8 or ASCII";
  if (has_unseen(text))
    return "contains a control character or another one that nobody sees, such as a no-break "
           "space; delete it";
  if (token && !is_visible_ascii(text))
    return "contains a blank or a character that is not ASCII, which no token has; expected just "
           "the token";
  return "";
}

}  // namespace

Result<Secret> only_secret(std::string_view text, SecretKind kind) {
  // As editors and shells of Windows begin a file.
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  text = trim(text);
  if (const std::string_view fault = fault_of(text, kind); !fault.empty())
    return Unexpected(Error{std::string(fault)});
  Secret secret{std::string(text)};
  remember_secret(secret);
  return secret;
}

}  // namespace defenderd
