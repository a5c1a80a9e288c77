#include "base/credential_shape.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>

#include "base/credential_keys.h"
#include "base/letters.h"
#include "base/text.h"

namespace defenderd {
namespace {

using Spans = std::vector<TextSpan>;

constexpr std::size_t kNone = std::string_view::npos;

bool is_blank(char c) { return is_one_of(c, " \t\r\n"); }

// The letters of base64url, and others that a token may contain.
bool is_token_letter(char c) { return is_alphanumeric(c) || is_one_of(c, "-_.~+/="); }
bool is_word_letter(char c) { return is_alphanumeric(c) || is_one_of(c, "-_.~+="); }

enum class Class : std::uint8_t { Lower, Upper, Digit, Other };

Class class_of(char c) {
  if (is_lower(c)) return Class::Lower;
  if (is_upper(c)) return Class::Upper;
  return is_digit(c) ? Class::Digit : Class::Other;
}

// How random a word is: a random word changes the class of letter at every second letter, names
// (camelCase, snake_case) at every fifth. Separators are not a change.
struct Texture {
  std::array<std::size_t, 4> counts{};
  std::size_t changes = 0;
  bool only_hex = true;  // and dashes, like a GUID or a hash

  explicit Texture(std::string_view word) {
    Class before = Class::Other;
    for (const char c : word) {
      const Class now = class_of(c);
      ++counts[static_cast<std::size_t>(now)];
      only_hex = only_hex && is_one_of(c, "0123456789abcdefABCDEF-");
      if (now == Class::Other) continue;
      if (before != Class::Other && now != before) ++changes;
      before = now;
    }
  }
  [[nodiscard]] std::size_t count(Class c) const { return counts[static_cast<std::size_t>(c)]; }
  [[nodiscard]] bool is_mixed() const {
    return count(Class::Lower) > 0 && count(Class::Upper) > 0 && count(Class::Digit) > 0;
  }
};

bool is_random(std::string_view word, std::size_t least) {
  if (word.size() < least) return false;
  const Texture texture(word);
  return !texture.only_hex && texture.is_mixed() && texture.changes * 3 >= word.size();
}

// The same for a part of a name, so that the few random letters of a temporary folder do not make
// its whole name random: `defenderd-e2e-O4x1oA`.
bool has_random_part(std::string_view name, std::size_t least) {
  const auto joins = [](char c) { return is_one_of(c, "-_."); };
  for (std::size_t at = 0; at < name.size();) {
    const std::size_t end = end_of_run(name, at, [&](char c) { return !joins(c); });
    if (is_random(name.substr(at, end - at), least)) return true;
    at = end + 1;
  }
  return false;
}

// The head alone is not a secret: our own messages say what a file should contain.
bool holds_base64(std::string_view text) {
  constexpr std::size_t kLeast = 16;
  const auto is_letter = [](char c) { return is_alphanumeric(c) || c == '+' || c == '/'; };
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = end_of_run(text, at, is_letter);
    if (end - at >= kLeast) return true;
    at = end + 1;
  }
  return false;
}

void find_pem(std::string_view text, Spans& spans) {
  constexpr std::string_view kBegin = "-----BEGIN ";
  constexpr std::string_view kEnd = "-----END ";
  constexpr std::string_view kDashes = "-----";
  for (std::size_t at = text.find(kBegin); at != kNone; at = text.find(kBegin, at)) {
    const std::size_t end = text.find(kEnd, at);
    const std::size_t close = end == kNone ? kNone : text.find(kDashes, end + kEnd.size());
    const std::size_t after = close == kNone ? text.size() : close + kDashes.size();
    if (holds_base64(text.substr(at, after - at))) spans.push_back({at, after});
    at = after;
  }
}

// RFC 7519: each part is a JSON object in base64url, so it starts with an encoded `{"`.
void find_json_web_tokens(std::string_view text, Spans& spans) {
  constexpr std::string_view kStart = "eyJ";
  constexpr std::size_t kLeast = 5;  // no word starts like this
  for (std::size_t at = text.find(kStart); at != kNone; at = text.find(kStart, at)) {
    const bool begins = at == 0 || !is_alphanumeric(text[at - 1]);
    const std::size_t end = begins ? end_of_run(text, at, is_token_letter) : at;
    if (end - at >= kStart.size() + kLeast) spans.push_back({at, end});
    at = std::max(end, at + kStart.size());
  }
}

// Secrets made by Entra: three letters, a digit, "Q~", and 31 to 34 more letters.
void find_entra_secrets(std::string_view text, Spans& spans) {
  constexpr std::size_t kLeast = 16;
  const auto is_letter = [](char c) { return is_alphanumeric(c) || is_one_of(c, "-_.~"); };
  for (std::size_t at = text.find("Q~"); at != kNone; at = text.find("Q~", at)) {
    const bool begins = at > 0 && is_digit(text[at - 1]);
    const std::size_t end = begins ? end_of_run(text, at, is_letter) : at;
    if (end - at >= kLeast) spans.push_back({begin_of_run(text, at, is_letter), end});
    at = std::max(end, at + 2);
  }
}

// "https://user:password@host"
void find_logins(std::string_view text, Spans& spans) {
  constexpr std::string_view kScheme = "://";
  constexpr std::size_t kLongest = 1024;
  for (std::size_t at = text.find(kScheme); at != kNone; at = text.find(kScheme, at)) {
    at += kScheme.size();
    const std::size_t end = end_of_run(text.substr(0, at + kLongest), at, [](char c) {
      return !is_blank(c) && !is_one_of(c, "\"'<>?#");
    });
    // A password may contain an unencoded slash. So an "@" after a slash also counts, unless a
    // host, or a host with its port, precedes the slash.
    const std::string_view word = text.substr(at, end - at);
    const std::size_t login = word.rfind('@');
    const std::string_view authority = word.substr(0, word.find('/'));
    const std::size_t colon = authority.rfind(':');
    const bool has_port =
        colon != kNone && end_of_run(authority, colon + 1, is_digit) == authority.size();
    if (login != kNone && login > authority.size() && (colon == kNone || has_port)) continue;
    if (login != kNone && login > 0) spans.push_back({at, at + login});
    if (login == kNone) at = end;
  }
}

// "requirements", or the key of a challenge, `realm=`.
bool is_plain_word(std::string_view word) {
  if (word.find_first_not_of("abcdefghijklmnopqrstuvwxyz_-=") == kNone) return true;
  const Texture texture(word);
  return texture.count(Class::Digit) == 0 && texture.count(Class::Upper) < 2 &&
         !word.ends_with('=');
}

// "Bearer TOKEN", as in an Authorization header.
void find_authorizations(std::string_view text, const std::string& lower, Spans& spans) {
  static constexpr std::array<std::string_view, 6> kSchemes{
      "bearer", "basic", "negotiate", "ntlm", "sharedkey", "sharedaccesssignature"};
  constexpr std::size_t kLeast = 8;
  for (const std::string_view scheme : kSchemes) {
    for (std::size_t at = lower.find(scheme), next = 0; at != kNone;
         at = lower.find(scheme, next)) {
      const std::size_t blank = next = at + scheme.size();
      if (at > 0 && is_alphanumeric(text[at - 1])) continue;
      const std::size_t from =
          end_of_run(text, blank, [](char c) { return is_blank(c) || c == '+' || c == ':'; });
      if (from == blank) continue;
      const std::size_t end = end_of_run(text, from, is_token_letter);
      if (end - from < kLeast) continue;
      if (!is_plain_word(text.substr(from, end - from))) spans.push_back({at, end});
      next = end - scheme.size();  // the word may end with a scheme
    }
  }
}

void find_random_words(std::string_view text, Spans& spans) {
  constexpr std::size_t kLeast = 32;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = end_of_run(text, at, is_word_letter);
    if (is_random(text.substr(at, end - at), kLeast)) spans.push_back({at, end});
    at = end + 1;
  }
}

}  // namespace

void find_credentials(std::string_view text, Suspicion suspicion, std::vector<TextSpan>& spans) {
  constexpr std::size_t kShortest = 4;
  if (text.size() < kShortest) return;
  find_pem(text, spans);
  find_json_web_tokens(text, spans);
  find_entra_secrets(text, spans);
  find_logins(text, spans);
  find_authorizations(text, to_lower(text), spans);
  if (suspicion == Suspicion::Certain) return;
  find_credential_values(text, spans);
  find_random_words(text, spans);
}

bool looks_like_credential(std::string_view value) {
  constexpr std::size_t kShortest = 8;  // shorter ones are words, numbers and durations
  constexpr std::size_t kLeastRandom = 16;
  constexpr std::size_t kKey = 32;  // hexadecimal digits of a 128-bit key
  std::vector<TextSpan> spans;
  find_credentials(value, Suspicion::Likely, spans);
  if (!spans.empty()) return true;
  for (std::size_t at = 0; at < value.size();) {
    const std::size_t end = end_of_run(value, at, [](char c) { return !is_blank(c) && c != '/'; });
    const std::string_view word = value.substr(at, end - at);
    at = end + 1;
    if (word.size() < kShortest) continue;
    const Texture texture(word);
    if (texture.only_hex) {
      const bool mixed =
          texture.count(Class::Digit) > 0 && texture.count(Class::Digit) < word.size();
      if (word.size() >= kKey && mixed && word.find('-') == kNone) return true;
      continue;
    }
    const bool odd = word.find_first_of("~!@#$%^&*?|;`") != kNone;
    const int classes = (texture.count(Class::Lower) > 0 ? 1 : 0) +
                        (texture.count(Class::Upper) > 0 ? 1 : 0) +
                        (texture.count(Class::Digit) > 0 ? 1 : 0) + (odd ? 1 : 0);
    if (odd && classes >= 3) return true;
    if (has_random_part(word, kLeastRandom)) return true;
  }
  return false;
}

}  // namespace defenderd
