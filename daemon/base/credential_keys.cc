#include "base/credential_keys.h"

#include <algorithm>
#include <array>
#include <string>

#include "base/letters.h"
#include "base/text.h"

namespace defenderd {
namespace {

constexpr std::size_t kNone = std::string_view::npos;

// Ignores case and separators: "client_secret" and "clientSecret" are the same key.
std::string squeezed(std::string_view key) {
  std::string letters = to_lower(key);
  std::erase_if(letters, [](char c) { return !is_alphanumeric(c); });
  return letters;
}

bool ends_with_credential_word(std::string_view key) {
  static constexpr std::array<std::string_view, 22> kWords{
      "secret",          "password",
      "passwd",          "pwd",
      "passphrase",      "token",
      "assertion",       "credential",
      "credentials",     "privatekey",
      "apikey",          "accesskey",
      "accountkey",      "sharedkey",
      "secretkey",       "masterkey",
      "subscriptionkey", "signature",
      "authorization",   "identityheader",
      "cookie",          "authorizationauxiliary"};
  const std::string letters = squeezed(key);
  if (letters == "sig") return true;
  return std::any_of(kWords.begin(), kWords.end(),
                     [&](std::string_view word) { return letters.ends_with(word); });
}

// Where the value of a key ends: at its quote, at the end of the line for a header, otherwise at
// what ends a word in a query, a form, a list or a sentence.
std::size_t end_of_value(std::string_view text, std::size_t at, bool whole_line) {
  const char quote = at < text.size() ? text[at] : '\0';
  if (quote == '"' || quote == '\'') {
    for (std::size_t i = at + 1; i < text.size(); ++i) {
      if (text[i] == '\\') {
        ++i;
      } else if (text[i] == quote) {
        return i;
      }
    }
    return text.size();
  }
  const std::string_view ends = whole_line ? "\r\n\"<" : "\r\n\t \"'<>&,;)}]";
  return std::min(text.find_first_of(ends, at), text.size());
}

bool is_key_letter(char c) { return is_alphanumeric(c) || is_one_of(c, "-_.$"); }

// A colon also ends a clause in a sentence: "InvalidAuthenticationToken: the token ...". So without
// quotes, only an unmistakable key counts before a colon.
bool is_header_or_field(std::string_view key) {
  static constexpr std::array<std::string_view, 14> kNames{
      "secret",        "password",           "passwd",       "pwd",
      "clientsecret",  "accesstoken",        "refreshtoken", "idtoken",
      "authorization", "proxyauthorization", "cookie",       "setcookie",
      "apikey",        "xidentityheader"};
  const std::string letters = squeezed(key);
  return std::find(kNames.begin(), kNames.end(), letters) != kNames.end();
}

}  // namespace

void find_credential_values(std::string_view text, std::vector<TextSpan>& spans) {
  for (std::size_t at = text.find_first_of("=:"), next = 0; at != kNone;
       at = text.find_first_of("=:", next)) {
    next = at + 1;
    std::size_t end = at;
    while (end > 0 && text[end - 1] == ' ') --end;
    const bool quoted = end > 0 && is_one_of(text[end - 1], "\"'");
    if (quoted) --end;
    while (quoted && end > 0 && text[end - 1] == '\\') --end;
    const std::size_t begin = begin_of_run(text, end, is_key_letter);
    const std::string_view key = text.substr(begin, end - begin);
    constexpr std::size_t kLongestKey = 64;
    if (key.size() < 3 || key.size() > kLongestKey || !ends_with_credential_word(key)) continue;
    if (text[at] == ':' && !quoted && !is_header_or_field(key)) continue;
    const std::string letters = squeezed(key);
    const bool header = letters.ends_with("authorization") || letters.ends_with("cookie");
    std::size_t from = end_of_run(text, at + 1, [](char c) { return c == ' ' || c == '\t'; });
    const std::size_t to = end_of_value(text, from, header);
    if (from < to && is_one_of(text[from], "\"'")) ++from;
    if (from < to) spans.push_back({from, to});
    next = std::max(next, to);
  }
}

bool is_credential_key(std::string_view key) {
  static constexpr std::array<std::string_view, 14> kWords{
      "secret",     "password",  "passwd",        "token",      "privatekey",
      "credential", "apikey",    "accesskey",     "passphrase", "accountkey",
      "sharedkey",  "assertion", "authorization", "certificate"};
  constexpr std::size_t kLongest = 64;
  if (key.size() > kLongest) return true;
  const std::string letters = squeezed(key);
  if (letters == "sig" || letters == "pwd") return true;
  return std::any_of(kWords.begin(), kWords.end(), [&](std::string_view word) {
    return letters.find(word) != std::string::npos;
  });
}

}  // namespace defenderd
