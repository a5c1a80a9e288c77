#include "arm/claims_challenge.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/base64url.h"

namespace defenderd {
namespace {

const std::string kClaims =
    R"({"access_token":{"nbf":{"essential":true,"value":"1764064800"},"acrs":{"value":"c1?>"}}})";

// The ordinary alphabet, padded.
std::string base64(const std::string& text) {
  std::string result = base64url(text);
  for (char& c : result) c = c == '-' ? '+' : c == '_' ? '/' : c;
  return result + std::string((4 - result.size() % 4) % 4, '=');
}

HttpResponse answer(const std::vector<std::string>& challenges) {
  HttpResponse response;
  response.status = 401;
  for (const std::string& challenge : challenges)
    response.headers.emplace_back("www-authenticate", challenge);
  return response;
}

TEST(ClaimsChallenge, IsFoundInEverySpelling) {
  const std::string claims = base64(kClaims);
  const std::string bearer =
      R"(Bearer realm="", authorization_uri="https://login.example/common/oauth2/authorize", )";
  for (
      const std::vector<std::string>& challenges : std::vector<std::vector<std::string>>{
          {bearer + R"(error="insufficient_claims", claims=")" + claims + '"'},
          {bearer + R"(claims=")" + claims + R"(", error="insufficient_claims")"},
          {R"(Bearer error="insufficient_claims",claims=")" + base64url(kClaims) + '"'},
          {R"(bearer ERROR = "insufficient_claims" , Claims = ")" + claims + '"'},
          {R"(Bearer error=insufficient_claims, claims=)" + base64url(kClaims)},
          {"Negotiate", bearer + R"(error="insufficient_claims", claims=")" + claims + '"'},
          {R"(PoP realm="x", error="other", Bearer claims=")" + claims +
           R"(", error="insufficient_claims")"},
          {R"(Bearer error="insufficient_claims", claims=")" + claims + R"(", PoP realm="x")"},
          {R"(Bearer error_description="say \"no\", error=none", error="insufficient_claims", claims=")" +
           claims + '"'}}) {
    const auto found = claims_challenge(answer(challenges));
    ASSERT_TRUE(found) << challenges.back();
    EXPECT_EQ(found->claims, "nbf, acrs") << challenges.back();
  }
}

TEST(ClaimsChallenge, IsOneWhoseClaimsAreNotReadable) {
  for (const std::string& claims : std::vector<std::string>{"", "%%%", base64("[]"), base64("{"),
                                                            base64(R"({"id_token":{"x":1}})"),
                                                            base64(std::string(30'000, ' '))}) {
    const auto found = claims_challenge(
        answer({R"(Bearer error="insufficient_claims", claims=")" + claims + '"'}));
    ASSERT_TRUE(found) << claims.substr(0, 60);
    EXPECT_EQ(found->claims, "");
  }
}

TEST(ClaimsChallenge, AnyOtherRefusalIsNone) {
  for (const std::string& challenge : std::vector<std::string>{
           "", "Bearer", R"(Bearer error="invalid_token")", R"(Bearer claims="abcd")", "=", ",,,",
           R"(Bearer error="insufficient_claims_x")", R"(Bearer realm="error=insufficient_claims")",
           R"(Bearer error="unterminated insufficient_claims)", R"(Bearer error=)",
           "Bearer error = "}) {
    EXPECT_EQ(claims_challenge(answer({challenge})), std::nullopt) << challenge;
  }
  EXPECT_EQ(claims_challenge(answer({})), std::nullopt);
}

TEST(ClaimsChallenge, NamesOfClaimsCannotCarryAnything) {
  const std::string claims = base64(R"({"access_token":{")" + std::string(5000, 'x') + R"(":1}})");
  const auto found =
      claims_challenge(answer({R"(Bearer error="insufficient_claims", claims=")" + claims + '"'}));
  ASSERT_TRUE(found);
  EXPECT_LE(found->claims.size(), 200U + 3) << "and dots";
}

}  // namespace
}  // namespace defenderd
