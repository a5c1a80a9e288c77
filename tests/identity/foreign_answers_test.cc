// Answers that break HTTP, or stretch it, from everything that answers us: Azure Resource Manager,
// Entra, the managed identity services and proxies. Real sockets, and a small stack for the client.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "identity/entra_client.h"
#include "identity/managed_identity.h"
#include "net/connect_proxy.h"
#include "net/https_transport.h"
#include "support/fake_clock.h"
#include "support/fixed_server.h"
#include "support/sim_azure.h"
#include "support/small_stack.h"

namespace defenderd {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using Kind = TransportError::Kind;

const std::string kLetters = "HTTP/1.1 200 " + std::string(30'000, 'a') + "\r\n\r\n";
constexpr const char* kTooLong = "its status line is longer than 1 KiB";
constexpr const char* kCheck =
    "check which server answers there, and any proxy or gateway in between";

std::string ok(const std::string& headers, const std::string& body = "") {
  return "HTTP/1.1 200 OK\r\n" + headers + "\r\n" + body;
}

// How the bytes come to us.
enum class Way { Plain, Tls, Tunnel };
constexpr std::array kAllWays{Way::Plain, Way::Tls, Way::Tunnel};

class ForeignAnswersTest : public testing::Test {
 protected:
  void SetUp() override {
    auto made = armsim::make_server_certificate({"arm.example"});
    ASSERT_TRUE(made) << made.error().message;
    certificate_ = *std::move(made);
    ca_ = std::make_unique<TempFile>(certificate_.ca_pem);
  }

  Result<HttpResponse, TransportError> ask(Way way, const std::string& answer,
                                           FixedServer::Options options = {},
                                           const std::string& method = "GET",
                                           Duration timeout = 20s) {
    if (way != Way::Plain) options.tls = &certificate_;
    const FixedServer server(answer, options);
    std::optional<ConnectProxy> proxy;
    if (way == Way::Tunnel) proxy.emplace(server.port());
    const auto wire = transport(proxy ? proxy->port() : 0);
    HttpRequest request;
    request.origin = {way != Way::Plain, proxy ? "arm.example" : "127.0.0.1", server.port()};
    request.method = method;
    if (method == "PUT") request.body = "{}";
    request.timeout = timeout;
    std::optional<Result<HttpResponse, TransportError>> result;
    on_small_stack([&] { result = wire->send(request, {}); });
    return *std::move(result);
  }

  std::unique_ptr<HttpsTransport> transport(int proxy_port = 0, Duration connect_timeout = 5s) {
    auto rules = ProxyRules::parse(
        proxy_port == 0 ? "" : "http://127.0.0.1:" + std::to_string(proxy_port), "");
    EXPECT_TRUE(rules);
    auto made = HttpsTransport::create(
        {.ca_file = ca_->path(), .connect_timeout = connect_timeout, .proxy = *std::move(rules)});
    EXPECT_TRUE(made) << (made ? "" : made.error().message);
    return *std::move(made);
  }

  armsim::ServerCertificate certificate_;
  std::unique_ptr<TempFile> ca_;
  FakeClock clock_;
};

TEST_F(ForeignAnswersTest, AStatusLineOf30000LettersIsRefusedInWords) {
  for (const Way way : kAllWays) {
    for (const char* const method : {"GET", "PUT"}) {
      const auto answer = ask(way, kLetters, {}, method);
      ASSERT_FALSE(answer);
      EXPECT_EQ(answer.error().kind, Kind::TooLarge);
      EXPECT_TRUE(answer.error().may_have_arrived) << "a PUT may have been carried out";
      EXPECT_THAT(answer.error().message, AllOf(HasSubstr(kTooLong), HasSubstr(kCheck)));
      EXPECT_THAT(answer.error().message, Not(HasSubstr("aaa")));
    }
  }
}

struct HeardCase {
  const char* description;
  std::string answer;
  std::string body;
};

TEST_F(ForeignAnswersTest, HttpAsItMayBeIsHeardOut) {
  const std::vector<HeardCase> cases{
      {"a trailer",
       ok("Transfer-Encoding: chunked\r\n", "2;x=y\r\nab\r\n0\r\nX-Checksum: 1\r\n\r\n"), "ab"},
      {"early hints",
       "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + ok("Content-Length: 2\r\n", "ab"), "ab"},
      {"two interim answers",
       "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\n" +
           ok("Content-Length: 2\r\n", "ab"),
       "ab"},
      {"a header of 9,000 bytes",
       ok("X-Long: " + std::string(9'000, 'x') + "\r\nContent-Length: 2\r\n", "ab"), "ab"},
      {"200 headers",
       [] {
         std::string headers;
         for (int i = 0; i < 200; ++i) headers += "X-Many: 1\r\n";
         return ok(headers + "Content-Length: 2\r\n", "ab");
       }(),
       "ab"},
      {"a value that is not to be decoded", ok("X: %0d%0aY\r\nContent-Length: 2\r\n", "ab"), "ab"},
  };
  for (const Way way : kAllWays) {
    for (const HeardCase& test : cases) {
      SCOPED_TRACE(test.description);
      const auto answer = ask(way, test.answer);
      ASSERT_TRUE(answer) << answer.error().message;
      EXPECT_EQ(answer->status, 200);
      EXPECT_EQ(answer->body, test.body);
    }
  }
  const auto raw = ask(Way::Tls, cases.back().answer);
  ASSERT_TRUE(raw);
  EXPECT_EQ(raw->header("X"), "%0d%0aY");
}

struct RefusedCase {
  const char* description;
  std::string answer;
  Kind kind;
  const char* why;
};

TEST_F(ForeignAnswersTest, WhatContradictsItselfIsRefusedInWords) {
  const std::vector<RefusedCase> cases{
      {"two lengths", ok("Content-Length: 2\r\nContent-Length: 3\r\n", "abc"), Kind::Malformed,
       "it has two different Content-Lengths"},
      {"a length and chunks",
       ok("Content-Length: 2\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"), Kind::Malformed,
       "it has both a Content-Length and a Transfer-Encoding"},
      {"no HTTP", "220 smtp ready\r\n", Kind::Malformed, "it does not start with HTTP/1.1"},
      {"a header of 20,000 bytes", ok("X: " + std::string(20'000, 'x') + "\r\n"), Kind::TooLarge,
       "a header is longer than 16 KiB"},
      {"a compressed answer", ok("Content-Encoding: gzip\r\nContent-Length: 2\r\n", "ab"),
       Kind::Malformed, "it is compressed"},
      {"a switch of protocols", "HTTP/1.1 101 Switching Protocols\r\n\r\n", Kind::Malformed,
       "it switches protocols (101)"},
  };
  for (const Way way : kAllWays) {
    for (const RefusedCase& test : cases) {
      SCOPED_TRACE(test.description);
      const auto answer = ask(way, test.answer);
      ASSERT_FALSE(answer);
      EXPECT_EQ(answer.error().kind, test.kind);
      EXPECT_THAT(answer.error().message, AllOf(HasSubstr(test.why), HasSubstr(kCheck)));
    }
  }
}

TEST_F(ForeignAnswersTest, AMalformedAnswerIsNotAskedForAgain) {
  const FixedServer server(ok("Content-Length: 2\r\n", "ab"),
                           FixedServer::Options{.second = "nonsense\r\n"});
  const auto wire = transport();
  HttpRequest request;
  request.origin = {false, "127.0.0.1", server.port()};
  const auto first = wire->send(request, {});
  ASSERT_TRUE(first) << first.error().message;
  const auto second = wire->send(request, {});
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().kind, Kind::Malformed);
  EXPECT_FALSE(second.error().sent_twice);
  EXPECT_EQ(server.accepted(), 1) << "on the kept connection, where a lost answer is asked again";
  EXPECT_EQ(server.requests().size(), 2U);
}

TEST_F(ForeignAnswersTest, ADeadlineCoversWhatDripsOutsideOfTheBody) {
  const std::string chunked = ok("Transfer-Encoding: chunked\r\n");
  const std::vector<std::pair<const char*, std::string>> cases{
      {"interim answers", "HTTP/1.1 103 Early Hints\r\n\r\n"},
      {"a status line", std::string(1'000, 'a')},
      {"a header", "HTTP/1.1 200 OK\r\nX: " + std::string(10'000, 'x')},
      {"the line of a chunk's size", chunked + "1;" + std::string(900, 'x')},
      {"trailers", chunked + "0\r\nX: " + std::string(10'000, 'x')}};
  const SystemClock clock;
  for (const auto& [description, bytes] : cases) {
    SCOPED_TRACE(description);
    for (const Way way : {Way::Plain, Way::Tls}) {
      const SteadyTime start = clock.steady_now();
      const auto answer =
          ask(way, bytes, {.drip = 1, .repeats = std::string(description) == "interim answers"},
              "GET", 300ms);
      ASSERT_FALSE(answer);
      EXPECT_EQ(answer.error().kind, Kind::Timeout) << answer.error().message;
      EXPECT_LT(clock.steady_now() - start, 10s);
    }
  }
}

TEST_F(ForeignAnswersTest, AProxysAnswerHasTheSameBounds) {
  const std::vector<RefusedCase> cases{
      {"30,000 letters", kLetters, Kind::Connect, kTooLong},
      {"no HTTP", "SOCKS\r\n", Kind::Connect, "the proxy's answer is not valid HTTP"},
      {"nothing of its own", ok("") + "HTTP/1.1 200 OK\r\n\r\n", Kind::Connect,
       "the proxy sends extra data after its answer"},
      {"interim answers without end",
       [] {
         std::string all;
         for (int i = 0; i < 20; ++i) all += "HTTP/1.1 100 Continue\r\n\r\n";
         return all;
       }(),
       Kind::Connect, "more than 16 interim answers"},
      {"a body that nobody reads",
       "HTTP/1.1 403 No\r\nContent-Length: 99999999999999999999\r\n\r\n", Kind::Connect,
       "the proxy answered 403"},
  };
  for (const RefusedCase& test : cases) {
    SCOPED_TRACE(test.description);
    const FixedServer proxy(test.answer);
    const auto wire = transport(proxy.port());
    HttpRequest request;
    request.origin = {true, "arm.example", 443};
    std::optional<Result<HttpResponse, TransportError>> answer;
    on_small_stack([&] { answer = wire->send(request, {}); });
    ASSERT_FALSE(*answer);
    EXPECT_EQ(answer->error().kind, test.kind);
    EXPECT_FALSE(answer->error().may_have_arrived);
    EXPECT_THAT(answer->error().message, HasSubstr(test.why));
    EXPECT_THAT(answer->error().message,
                HasSubstr("through the proxy 127.0.0.1:" + std::to_string(proxy.port())));
  }
}

TEST_F(ForeignAnswersTest, AProxyThatDripsIsLeftAtTheTimeForConnecting) {
  const FixedServer proxy("HTTP/1.1 200 " + std::string(1'000, 'a'),
                          FixedServer::Options{.drip = 1});
  const auto wire = transport(proxy.port(), 300ms);
  HttpRequest request;
  request.origin = {true, "arm.example", 443};
  request.timeout = 60s;
  const SystemClock clock;
  const SteadyTime start = clock.steady_now();
  const auto answer = wire->send(request, {});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind, Kind::Timeout);
  EXPECT_FALSE(answer.error().may_have_arrived);
  EXPECT_THAT(answer.error().message, HasSubstr("took too long"));
  EXPECT_LT(clock.steady_now() - start, 10s);
}

TEST_F(ForeignAnswersTest, EntraAndTheIdentityServicesAreReadInTheSameWay) {
  const auto wire = transport();
  for (const auto& [bytes, why] : std::vector<std::pair<std::string, std::string>>{
           {kLetters, kTooLong},
           {ok("Content-Length: 2\r\nContent-Length: 3\r\n", "{} "),
            "it has two different Content-Lengths"},
           {ok("Content-Length: 1048577\r\n"), "it is larger than 1 MiB"}}) {
    const FixedServer server(bytes);
    const Origin origin{false, "127.0.0.1", server.port()};
    EntraOptions options;
    options.authority = origin;
    options.default_tenant = TenantId::parse(armsim::kTenant);
    EntraClient entra(*wire, clock_, options,
                      client_secret_proof([]() -> Result<Secret> { return Secret("word"); }));
    ImdsClient imds(*wire, clock_, origin, {});
    AppServiceIdentity app_service(
        *wire, clock_,
        [&] {
          return IdentityEndpoint{origin.text() + "/token", Secret("word")};
        },
        {});
    for (TokenSource* const source :
         std::initializer_list<TokenSource*>{&entra, &imds, &app_service}) {
      std::optional<ArmResult<AccessToken>> token;
      on_small_stack([&] { token = source->fetch(std::nullopt, {}); });
      ASSERT_FALSE(*token);
      EXPECT_EQ(token->error().reason, Reason::CredentialFailed);
      EXPECT_EQ(token->error().next, NextTry::Soon);
      EXPECT_THAT(token->error().message, HasSubstr(why));
    }
    std::optional<Result<Done>> probe;
    on_small_stack([&] { probe = imds.probe({}); });
    ASSERT_FALSE(*probe);
    EXPECT_THAT(probe->error().message, HasSubstr(why));
  }
}

}  // namespace
}  // namespace defenderd
