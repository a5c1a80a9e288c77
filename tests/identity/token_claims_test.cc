#include "identity/token_claims.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/base64url.h"

namespace defenderd {
namespace {

Secret token_with(const std::string& claims) {
  return Secret(base64url(R"({"alg":"RS256"})") + "." + base64url(claims) + ".signature");
}

TEST(TokenOwner, IsInTheClaims) {
  EXPECT_EQ(owner_of(token_with(R"({"oid":"o-1","appid":"a-1","name":"x"})")),
            (TokenOwner{"o-1", "a-1"}));
  EXPECT_EQ(owner_of(token_with(R"({"oid":"o-1","azp":"a-2"})")), (TokenOwner{"o-1", "a-2"}));
}

TEST(TokenOwner, IsUnknownForAnyOtherText) {
  for (const std::string& text :
       std::vector<std::string>{"", "opaque", "a.b", "a.b.c", "..", "a." + base64url("[1]") + ".c",
                                "a." + base64url(R"({"oid":5,"appid":null})") + ".c",
                                "a." + base64url(std::string(100'000, ' ')) + ".c",
                                "a." + std::string(70, '[') + ".c"}) {
    EXPECT_EQ(owner_of(Secret(text)), TokenOwner()) << text.substr(0, 40);
  }
}

TEST(TokenExpiry, IsItsClaim) {
  EXPECT_EQ(expiry_of(token_with(R"({"exp":1767225600,"oid":"o"})")),
            WallTime(std::chrono::seconds(1767225600)));
}

TEST(TokenExpiry, IsUnknownForAnyOtherText) {
  for (const char* const claims :
       {R"({})", R"({"exp":"1767225600"})", R"({"exp":0})", R"({"exp":-5})", R"({"exp":null})",
        R"({"exp":99999999999999})", R"({"exp":1e30})", "[1]", "{"}) {
    EXPECT_EQ(expiry_of(token_with(claims)), std::nullopt) << claims;
  }
  EXPECT_EQ(expiry_of(Secret("opaque")), std::nullopt);
}

}  // namespace
}  // namespace defenderd
