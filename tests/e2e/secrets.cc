#include "e2e/secrets.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "armsim/simulator.h"

namespace defenderd {
namespace {

constexpr std::string_view kTokenLetters =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

// Where a token of the simulator begins ("sim." and 96 letters); npos when there is none.
std::size_t find_token(std::string_view text) {
  constexpr std::string_view kStart = "sim.";
  constexpr std::size_t kTelling = 20;
  for (std::size_t at = text.find(kStart); at != std::string_view::npos;
       at = text.find(kStart, at + 1)) {
    const std::string_view rest = text.substr(at + kStart.size(), kTelling);
    if (rest.size() == kTelling && rest.find_first_not_of(kTokenLetters) == std::string_view::npos)
      return at;
  }
  return std::string_view::npos;
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
  if (const std::size_t at = find_token(text); at != std::string_view::npos) fail(text, at, where);
}

}  // namespace defenderd
