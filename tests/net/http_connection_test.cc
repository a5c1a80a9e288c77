// What a connection makes of answers that no well-meaning server gives, over plain HTTP.

#include "net/http_connection.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "net/https_transport.h"
#include "support/fixed_server.h"
#include "support/sim_azure.h"

namespace defenderd {
namespace {

using testing::HasSubstr;
using Kind = TransportError::Kind;

std::string ok(const std::string& headers, const std::string& body) {
  return "HTTP/1.1 200 OK\r\n" + headers + "\r\n" + body;
}

HttpRequest request_to(int port) {
  HttpRequest request;
  request.origin = {false, "127.0.0.1", port};
  request.timeout = std::chrono::seconds(20);
  return request;
}

std::unique_ptr<HttpsTransport> transport(const std::string& proxy = "") {
  auto rules = ProxyRules::parse(proxy, "");
  EXPECT_TRUE(rules);
  armsim::Simulator world;  // for a CA that can be read
  EXPECT_TRUE(world.start());
  const TempFile ca(world.ca_pem());
  auto made = HttpsTransport::create({.ca_file = ca.path(), .proxy = *std::move(rules)});
  EXPECT_TRUE(made);
  return made ? *std::move(made) : nullptr;
}

struct ReuseCase {
  const char* description;
  std::string answer;
  bool closes;
  std::string body;
  int connections;  // for two requests
};

TEST(HttpConnection, IsUsedAgainOnlyWhereTheAnswerEndedAsItShould) {
  const std::vector<ReuseCase> cases{
      {"with a length", ok("Content-Length: 2\r\n", "ab"), false, "ab", 1},
      {"in chunks", ok("Transfer-Encoding: chunked\r\n", "2\r\nab\r\n1\r\nc\r\n0\r\n\r\n"), false,
       "abc", 1},
      {"no content", "HTTP/1.1 204 No Content\r\n\r\n", false, "", 1},
      {"the server ends it", ok("Content-Length: 2\r\nConnection: close\r\n", "ab"), false, "ab",
       2},
      {"in another case", ok("Content-Length: 2\r\nconnection: Close\r\n", "ab"), false, "ab", 2},
      {"among other words", ok("Content-Length: 2\r\nConnection: x, close\r\n", "ab"), false, "ab",
       2},
      {"an old server", "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nab", false, "ab", 2},
      {"until the end of the connection", ok("", "abc"), true, "abc", 2},
      {"more than was announced: it would be taken for the next answer",
       ok("Content-Length: 2\r\n", "ab" + ok("Content-Length: 4\r\n", "evil")), false, "ab", 2},
  };
  const auto wire = transport();
  for (const ReuseCase& test : cases) {
    SCOPED_TRACE(test.description);
    const FixedServer server(test.answer, test.closes);
    for (int i = 0; i < 2; ++i) {
      const auto answer = wire->send(request_to(server.port()), {});
      ASSERT_TRUE(answer) << answer.error().message;
      EXPECT_EQ(answer->body, test.body);
    }
    EXPECT_EQ(server.accepted(), test.connections);
  }
}

// cpp-httplib from 0.31 would ask for permission to send a body of 1 KiB, and wait for the answer.
TEST(HttpConnection, ALargeBodyIsSentWithItsLengthAndWithoutAskingFirst) {
  const auto wire = transport();
  const FixedServer server(ok("Content-Length: 2\r\n", "ab"), true);
  HttpRequest request = request_to(server.port());
  request.method = "POST";
  request.body = std::string(5000, 'x');
  request.content_type = "application/json";
  const auto answer = wire->send(request, {});
  ASSERT_TRUE(answer) << answer.error().message;
  ASSERT_THAT(server.requests(), testing::SizeIs(1));
  const std::string head = server.requests().front();
  EXPECT_THAT(head, HasSubstr("\r\nContent-Length: 5000\r\n"));
  EXPECT_THAT(head, HasSubstr("\r\nContent-Type: application/json\r\n"));
  EXPECT_EQ(head.find("Content-Length"), head.rfind("Content-Length")) << head;
  EXPECT_THAT(head, testing::Not(HasSubstr("Expect")));
}

TEST(HttpConnection, AProxyThatRefusesSaysHow) {
  const FixedServer proxy(
      "HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n");
  const auto wire = transport("http://keeper:wrong-word@127.0.0.1:" + std::to_string(proxy.port()));
  HttpRequest request;
  request.origin = {true, "arm.example", 443};
  const auto answer = wire->send(request, {});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind, Kind::Connect);
  EXPECT_FALSE(answer.error().may_have_arrived);
  EXPECT_THAT(answer.error().message, HasSubstr("the proxy answered 407 (check user and password"));
  EXPECT_THAT(answer.error().message, testing::Not(HasSubstr("wrong-word")));
  ASSERT_EQ(proxy.requests().size(), 1U);
  EXPECT_THAT(proxy.requests()[0], testing::StartsWith("CONNECT arm.example:443 HTTP/1.1\r\n"));
}

TEST(HttpConnection, PlainHttpGoesThroughAProxyByItsWholeUrl) {
  const FixedServer proxy(ok("Content-Length: 2\r\n", "ab"));
  const auto wire = transport("http://keeper:word@127.0.0.1:" + std::to_string(proxy.port()));
  HttpRequest request;
  request.origin = {false, "arm.example", 8080};
  request.target = "/a?b=c";
  const auto answer = wire->send(request, {});
  ASSERT_TRUE(answer) << answer.error().message;
  ASSERT_EQ(proxy.requests().size(), 1U);
  EXPECT_THAT(proxy.requests()[0],
              testing::StartsWith("GET http://arm.example:8080/a?b=c HTTP/1.1\r\n"));
  EXPECT_THAT(proxy.requests()[0], HasSubstr("\r\nHost: arm.example:8080\r\n"));
  EXPECT_THAT(proxy.requests()[0], HasSubstr("\r\nProxy-Authorization: Basic a2VlcGVyOndvcmQ="));
}

}  // namespace
}  // namespace defenderd
