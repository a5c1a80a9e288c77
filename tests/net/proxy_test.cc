#include "net/proxy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "net/connect_proxy.h"
#include "net/https_transport.h"
#include "support/sim_azure.h"

namespace defenderd {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

struct Route {
  const char* description;
  const char* no_proxy;
  const char* host;
  bool through_proxy;
};

TEST(Proxy, IsPassedByWhereNoProxySaysSo) {
  for (const Route& route : std::vector<Route>{
           {"no exceptions", "", "management.azure.com", true},
           {"the host", "management.azure.com", "management.azure.com", false},
           {"in another case", "Management.AZURE.com", "management.azure.COM", false},
           {"a domain", ".azure.com", "management.azure.com", false},
           {"a domain without its dot", "azure.com", "management.azure.com", false},
           {"a domain is itself", ".azure.com", "azure.com", false},
           {"not another domain with that end", "azure.com", "notazure.com", true},
           {"not a domain with that start", "azure.com", "azure.com.evil.org", true},
           {"one of several, with spaces", "a.org , azure.com,b.org", "login.azure.com", false},
           {"none of several", "a.org,b.org", "login.azure.com", true},
           {"everything", "*", "management.azure.com", false},
           {"an address", "10.0.0.1", "10.0.0.1", false},
           {"another address", "10.0.0.1", "10.0.0.2", true},
           {"a domain with a star", "*.azure.com", "management.azure.com", false},
           {"a star is no other domain", "*.azure.com", "notazure.com", true},
           {"a host at its port", "management.azure.com:443", "management.azure.com", false},
           {"a host at another port", "management.azure.com:8443", "management.azure.com", true},
           {"a domain at its port", ".azure.com:443", "management.azure.com", false},
           {"a block", "10.0.0.0/8", "10.200.3.4", false},
           {"a block with odd bits", "10.0.0.0/13", "10.7.255.255", false},
           {"beyond a block with odd bits", "10.0.0.0/13", "10.8.0.0", true},
           {"a block has no names", "0.0.0.0/0", "management.azure.com", true},
           {"a block of IPv6", "fd00::/8", "fd12::1", false},
           {"another family", "0.0.0.0/0", "fd12::1", true},
           {"IPv6", "fd12::1", "fd12::1", false},
           {"IPv6 at its port", "[fd12::1]:443", "fd12::1", false},
           {"empty parts", ",,", "management.azure.com", true},
           {"the machine itself, by name", "", "localhost", false},
           {"the machine itself, by address", "", "127.0.0.1", false},
           {"the machine itself, by IPv6", "", "::1", false}}) {
    const auto rules = ProxyRules::parse("http://proxy.example.com:3128", route.no_proxy);
    ASSERT_TRUE(rules) << route.description;
    EXPECT_EQ(rules->proxy_for(route.host) != nullptr, route.through_proxy) << route.description;
  }
}

TEST(Proxy, AnEntryThatIsNotUnderstoodIsNamed) {
  for (const std::string entry :
       {"10.0.0.0/33", "10.0.0/8", "a.org/8", "fd00::/129", "a.org:port", "a.org:0", "a.org:70000",
        "a.*.org", "http://a.org", "[fd00::1", "*.", "."}) {
    const auto rules = ProxyRules::parse("http://proxy:3128", "good.org, " + entry);
    ASSERT_FALSE(rules) << entry;
    EXPECT_THAT(rules.error().message, AllOf(HasSubstr("NO_PROXY"), HasSubstr('"' + entry + '"')));
    EXPECT_TRUE(ProxyRules::parse("", entry)) << "without a proxy it does not matter";
  }
}

struct Address {
  const char* url;
  const char* host;
  int port;
  const char* user;
  const char* password;
};

TEST(Proxy, IsReadFromItsVariable) {
  for (const Address& one :
       std::vector<Address>{{"http://proxy.example.com:3128", "proxy.example.com", 3128, "", ""},
                            {"http://proxy.example.com", "proxy.example.com", 80, "", ""},
                            {"proxy.example.com:3128", "proxy.example.com", 3128, "", ""},
                            {"HTTP://proxy.example.com:3128/", "proxy.example.com", 3128, "", ""},
                            {" http://10.0.0.1:8080 ", "10.0.0.1", 8080, "", ""},
                            {"http://[::1]:8080", "::1", 8080, "", ""},
                            {"http://me:hunter2@proxy:1", "proxy", 1, "me", "hunter2"},
                            {"http://me@proxy:1", "proxy", 1, "me", ""},
                            {"http://d%5Cme:a%40b%3A%25@proxy:1", "proxy", 1, "d\\me", "a@b:%"}}) {
    const auto rules = ProxyRules::parse(one.url, "");
    ASSERT_TRUE(rules) << one.url;
    const ProxyAddress* const proxy = rules->proxy_for("management.azure.com");
    ASSERT_NE(proxy, nullptr) << one.url;
    EXPECT_EQ(proxy->host, one.host) << one.url;
    EXPECT_EQ(proxy->port, one.port) << one.url;
    EXPECT_EQ(proxy->user, one.user) << one.url;
    EXPECT_EQ(proxy->password.reveal(), one.password) << one.url;
  }
}

TEST(Proxy, ABadAddressIsRefusedWithoutShowingIt) {
  for (const char* const url :
       {"https://me:hunter2@proxy:443", "socks5://me:hunter2@proxy:1080", "http://me:hunter2@",
        "http://me:hunter2@proxy:port", "http://me:hunter2@proxy:1/path?x", "http://"}) {
    const auto rules = ProxyRules::parse(url, "");
    ASSERT_FALSE(rules) << url;
    EXPECT_THAT(
        rules.error().message,
        AllOf(HasSubstr("HTTPS_PROXY"), HasSubstr("http://host:port"), Not(HasSubstr("hunter2"))))
        << url;
  }
}

TEST(Proxy, NoVariableIsNoProxy) {
  for (const char* const url : {"", "  "}) {
    const auto rules = ProxyRules::parse(url, "a.org");
    ASSERT_TRUE(rules);
    EXPECT_EQ(rules->proxy_for("management.azure.com"), nullptr);
  }
}

// TLS goes through the proxy to a host that only the proxy can reach: nothing listens at this
// address, which needs no name lookup.
constexpr const char* kBehindProxy = "0.0.0.0";

class ProxiedTransport : public testing::Test {
 protected:
  ProxiedTransport() : world_({.tls_names = {kBehindProxy}}) {}
  void SetUp() override {
    ASSERT_TRUE(world_.start());
    ca_ = std::make_unique<TempFile>(world_.ca_pem());
    proxy_ = std::make_unique<ConnectProxy>(world_.port());
  }

  std::unique_ptr<HttpsTransport> transport(const std::string& no_proxy = "") const {
    auto rules = ProxyRules::parse(
        "http://keeper:hunter2@127.0.0.1:" + std::to_string(proxy_->port()), no_proxy);
    EXPECT_TRUE(rules);
    auto made = HttpsTransport::create({.ca_file = ca_->path(), .proxy = *std::move(rules)});
    EXPECT_TRUE(made);
    return *std::move(made);
  }
  static HttpRequest request() {
    HttpRequest request;
    request.origin = *Origin::parse("https://" + std::string(kBehindProxy));
    request.target = "/metadata/endpoints?api-version=2022-09-01";
    request.timeout = std::chrono::seconds(20);
    return request;
  }

  armsim::Simulator world_;
  std::unique_ptr<TempFile> ca_;
  std::unique_ptr<ConnectProxy> proxy_;
};

TEST_F(ProxiedTransport, ReachesArmAndEntraThroughTheProxy) {
  const auto answer = transport()->send(request(), {});
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->status, 200);
  const auto requests = proxy_->requests();
  ASSERT_EQ(requests.size(), 1U);
  EXPECT_TRUE(requests[0].starts_with("CONNECT 0.0.0.0:443 HTTP/1.1\r\n")) << requests[0];
  EXPECT_THAT(requests[0], HasSubstr("Proxy-Authorization: Basic a2VlcGVyOmh1bnRlcjI="));
}

TEST_F(ProxiedTransport, PassesTheProxyByWhereAskedTo) {
  HttpRequest direct = request();
  direct.use_proxy = false;
  EXPECT_FALSE(transport()->send(direct, {})) << "without the proxy nobody is there";
  EXPECT_FALSE(transport(kBehindProxy)->send(request(), {}));
  EXPECT_TRUE(proxy_->requests().empty());
}

}  // namespace
}  // namespace defenderd
