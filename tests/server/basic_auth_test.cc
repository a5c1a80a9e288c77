// OpenSSL 3 deprecates RAND_set_rand_method() and has nothing as simple to make it fail.
#define OPENSSL_SUPPRESS_DEPRECATED

#include "server/basic_auth.h"

#include <gtest/gtest.h>
#include <openssl/rand.h>

#include <optional>
#include <string>
#include <vector>

#include "server/web_access.h"

namespace defenderd {
namespace {

// "secret" by bcrypt.
constexpr const char* kHash = "$2y$04$uBHjgz0RLD7tEcWVWi/cu.ne..GbfobQMjcNePypP5FPYxcnoouem";
// The same in the prefix of others.
constexpr const char* kHashOfPython =
    "$2b$10$abcdefghijklmnopqrstuuqflPDzB6gcMhKa1rZqKiun2YGL5sa2u";

Login login(const std::string& name, const std::string& password) {
  return {name, Secret(password)};
}

TEST(Login, IsWhatTheHeaderSays) {
  struct Case {
    const char* header;
    const char* name;  // nullptr: none
    const char* password;
  };
  for (const Case& c : {
           Case{"Basic YW5uOnNlY3JldA==", "ann", "secret"},
           Case{"basic  YW5uOnNlY3JldA==", "ann", "secret"},
           Case{"Basic YW5uOmE6Yg==", "ann", "a:b"},  // a password may have colons
           Case{"Basic YW5uOg==", "ann", ""},
           Case{"Basic OnNlY3JldA==", "", "secret"},
           Case{"Basic YW5u", nullptr, ""},          // no colon
           Case{"Basic YW5uOnNlAHQ=", nullptr, ""},  // a zero byte
           Case{"Basic ????", nullptr, ""},
           Case{"Bearer YW5uOnNlY3JldA==", nullptr, ""},
           Case{"", nullptr, ""},
       }) {
    const auto parsed = parse_login(c.header);
    ASSERT_EQ(parsed.has_value(), c.name != nullptr) << c.header;
    if (!parsed) continue;
    EXPECT_EQ(parsed->name, c.name) << c.header;
    EXPECT_EQ(parsed->password.reveal(), c.password) << c.header;
  }
}

TEST(BasicAuth, TakesThePasswordOfTheUserAndNoOther) {
  BasicAuth auth({{"ann", Secret(kHash)}, {"prometheus", Secret(kHashOfPython)}});
  EXPECT_TRUE(auth.verify(login("ann", "secret")));
  EXPECT_TRUE(auth.verify(login("prometheus", "secret")));
  for (const Login& wrong : {login("ann", "Secret"), login("ann", ""), login("Ann", "secret"),
                             login("", "secret"), login("bob", "secret")})
    EXPECT_FALSE(auth.verify(wrong)) << wrong.name;
}

TEST(BasicAuth, RemembersWhatWasRightAndNothingElse) {
  BasicAuth auth({{"ann", Secret(kHash)}});
  EXPECT_FALSE(auth.remembers(login("ann", "secret")));
  EXPECT_FALSE(auth.verify(login("ann", "wrong")));
  EXPECT_FALSE(auth.remembers(login("ann", "wrong")));
  EXPECT_TRUE(auth.verify(login("ann", "secret")));
  EXPECT_TRUE(auth.remembers(login("ann", "secret")));
  EXPECT_FALSE(auth.remembers(login("an", "n:secret")));
}

// While it lives, OpenSSL has no random numbers.
class NoRandomness {
 public:
  NoRandomness() {
    method_.bytes = [](unsigned char*, int) { return 0; };
    RAND_set_rand_method(&method_);
  }
  ~NoRandomness() { RAND_set_rand_method(nullptr); }
  NoRandomness(const NoRandomness&) = delete;
  NoRandomness& operator=(const NoRandomness&) = delete;

 private:
  RAND_METHOD method_{};
};

TEST(BasicAuth, RemembersNothingWithoutARandomKey) {
  std::optional<BasicAuth> auth;
  {
    const NoRandomness none;
    auth.emplace(std::vector<WebUser>{{"ann", Secret(kHash)}});
  }
  EXPECT_TRUE(auth->verify(login("ann", "secret")));
  EXPECT_FALSE(auth->verify(login("ann", "wrong")));
  EXPECT_FALSE(auth->remembers(login("ann", "secret")));
}

class WebAccessTest : public testing::Test {
 protected:
  static int status(const WebAccess& access, RouteKind kind, ClientIdentity client,
                    const std::string& authorization) {
    Request request;
    request.path = "/api/v1/status";
    request.client = client;
    if (!authorization.empty()) request.headers.emplace_back("Authorization", authorization);
    const auto refusal = access.refusal(request, kind);
    return refusal ? refusal->status : 200;
  }
};

TEST_F(WebAccessTest, SaysWhoMayDoWhat) {
  struct Case {
    const char* description;
    bool certificate;  // is needed
    bool users;
    bool open_probes;
    RouteKind kind;
    ClientIdentity client;
    const char* authorization;
    int status;
  };
  const char* const right = "Basic YW5uOnNlY3JldA==";
  const char* const wrong = "Basic YW5uOndyb25n";
  using enum ClientIdentity;
  const auto api = RouteKind::Api;
  const auto probe = RouteKind::Probe;
  for (const Case& c : {
           Case{"nothing is needed", false, false, true, api, None, "", 200},
           Case{"no login", false, true, true, api, None, "", 401},
           Case{"the right login", false, true, true, api, None, right, 200},
           Case{"a wrong login", false, true, true, api, None, wrong, 401},
           Case{"an open probe", false, true, true, probe, None, "", 200},
           Case{"a closed probe", false, true, false, probe, None, "", 401},
           Case{"a closed probe with a login", false, true, false, probe, None, right, 200},
           Case{"no certificate", true, false, true, api, None, "", 403},
           Case{"a certificate", true, false, true, api, Verified, "", 200},
           Case{"an open probe without one", true, false, true, probe, None, "", 200},
           Case{"one of another", true, false, true, probe, NotAllowed, "", 403},
           Case{"one of another where none is needed", false, false, true, api, NotAllowed, "",
                403},
           Case{"a certificate and no login", true, true, true, api, Verified, "", 401},
           Case{"both", true, true, true, api, Verified, right, 200},
           Case{"a login and no certificate", true, true, true, api, None, right, 403},
       }) {
    WebAccess::Rules rules;
    rules.needs_certificate = c.certificate;
    if (c.users) rules.users = {{"ann", Secret(kHash)}};
    rules.open_probes = c.open_probes;
    const WebAccess access(std::move(rules));
    EXPECT_EQ(status(access, c.kind, c.client, c.authorization), c.status) << c.description;
  }
}

TEST_F(WebAccessTest, OnlyAnUnknownPasswordTakesLong) {
  const WebAccess access({nullptr, false, {{"ann", Secret(kHash)}}, true});
  Request request;
  EXPECT_FALSE(access.takes_long(request, RouteKind::Api));
  request.headers.emplace_back("Authorization", "Basic YW5uOnNlY3JldA==");
  EXPECT_TRUE(access.takes_long(request, RouteKind::Api));
  EXPECT_FALSE(access.takes_long(request, RouteKind::Probe));
  EXPECT_EQ(access.refusal(request, RouteKind::Api), std::nullopt);
  EXPECT_FALSE(access.takes_long(request, RouteKind::Api));
}

TEST_F(WebAccessTest, NewRulesForgetOldPasswords) {
  WebAccess access({nullptr, false, {{"ann", Secret(kHash)}}, true});
  EXPECT_EQ(status(access, RouteKind::Api, ClientIdentity::None, "Basic YW5uOnNlY3JldA=="), 200);
  access.set({nullptr, false, {{"bob", Secret(kHash)}}, true});
  EXPECT_EQ(status(access, RouteKind::Api, ClientIdentity::None, "Basic YW5uOnNlY3JldA=="), 401);
}

}  // namespace
}  // namespace defenderd
