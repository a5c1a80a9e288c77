#include "e2e/secrets.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "armsim/simulator.h"

namespace defenderd {
namespace {

constexpr std::string_view kTokenLetters =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

// Where the signature of a token of the simulator begins ("sim-" and 96 letters); npos when there
// is none.
std::size_t find_token(std::string_view text) {
  constexpr std::string_view kStart = "sim-";
  constexpr std::size_t kTelling = 20;
  for (std::size_t at = text.find(kStart); at != std::string_view::npos;
       at = text.find(kStart, at + 1)) {
    const std::string_view rest = text.substr(at + kStart.size(), kTelling);
    if (rest.size() == kTelling && rest.find_first_not_of(kTokenLetters) == std::string_view::npos)
      return at;
  }
  return std::string_view::npos;
}

// What base64 makes of these bytes wherever they stand in a longer text: one form for each place in
// a group of three, without the letters that others have a part in.
std::vector<std::string> base64_forms(std::string_view bytes) {
  constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::vector<std::string> forms;
  for (const auto& [before, foreign] : {std::pair{0U, 0U}, {1U, 2U}, {2U, 3U}}) {
    std::string form;
    unsigned bits = 0;
    unsigned count = 0;
    for (const char c : std::string(before, '\0') + std::string(bytes)) {
      bits = (bits << 8U) | static_cast<unsigned char>(c);
      for (count += 8; count >= 6; count -= 6) form += kAlphabet[(bits >> (count - 6)) & 0x3FU];
    }
    forms.push_back(form.substr(foreign));
  }
  return forms;
}

void fail(std::string_view text, std::size_t at, const std::string& where) {
  constexpr std::size_t kContext = 60;
  ADD_FAILURE() << where << " shows a secret after \""
                << text.substr(at - std::min(at, kContext), std::min(at, kContext)) << "\"";
}

}  // namespace

void expect_no_secret(std::string_view text, const std::string& where) {
  // The part of the secret that no encoding changes; the header that carries tokens; the beginning
  // of every assertion, which is a JSON Web Token.
  static_assert(armsim::kClientSecret.find("not.a.secret-8Q") != std::string_view::npos);
  for (const std::string_view needle :
       {"not.a.secret-8Q", "Bearer ", "eyJhbGci", "client_assertion="}) {
    if (const std::size_t at = text.find(needle); at != std::string_view::npos)
      fail(text, at, where);
  }
  static const std::vector<std::string> kBase64 = base64_forms("not.a.secret-8Q");
  for (const std::string& needle : kBase64) {
    if (const std::size_t at = text.find(needle); at != std::string_view::npos)
      fail(text, at, where);
  }
  if (const std::size_t at = find_token(text); at != std::string_view::npos) fail(text, at, where);
}

}  // namespace defenderd
