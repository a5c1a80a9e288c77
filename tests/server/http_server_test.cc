#include "server/http_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <malloc.h>

#include <chrono>
#include <future>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "server/raw_client.h"
#include "support/eventually.h"
#include "support/fake_clock.h"

namespace defenderd {
namespace {

using std::chrono::milliseconds;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr std::size_t kLarge = std::size_t{32} << 20U;  // more than sockets buffer

std::vector<Route> routes() {
  const auto text = [](std::string body) {
    Response response;
    response.body = std::move(body);
    return response;
  };
  return {{"GET", "/healthz", [=](const Request& /*request*/) { return text("ok\n"); },
           RouteKind::Probe},
          {"GET", "/large", [=](const Request& /*r*/) { return text(std::string(kLarge, 'x')); }},
          {"GET", "/echo", [=](const Request& r) { return text(std::string(r.param("q"))); }},
          {"GET", "/items/*", [=](const Request& r) { return text("item " + r.tail); }},
          {"POST", "/echo", [=](const Request& r) { return text(r.body); }},
          {"GET", "/greedy", [](const Request& /*r*/) -> Response { throw std::bad_alloc(); }},
          {"GET", "/throws",
           [](const Request& /*r*/) -> Response { throw std::runtime_error("secret detail"); }}};
}

class HttpServerTest : public testing::Test {
 protected:
  void start(ConnectionLimits limits = {}) {
    HttpServerOptions options;
    options.routes = routes();
    options.limits = limits;
    options.clock = clock_;
    options.descriptors = descriptors_;
    options.on_exception = [this](std::string_view doing, std::string_view what,
                                  std::size_t count) {
      exceptions_.set_value(std::string(doing) + ": " + std::string(what) + " " +
                            std::to_string(count));
    };
    auto started = HttpServer::start(std::move(options));
    ASSERT_TRUE(started) << started.error().message;
    server_ = std::move(*started);
  }
  std::string ask(std::string_view request) {
    RawClient client(server_->port());
    client.send(request);
    return client.read_answer();
  }

  // From the next start() on; what is waiting sees it at the next event of any connection.
  void use_fake_clock() { clock_ = &fake_clock_; }
  void pass(Duration time) {
    fake_clock_.advance(time);
    EXPECT_THAT(ask(get("/healthz")), HasSubstr("200 OK"));
  }

  FakeClock fake_clock_;
  const Clock* clock_ = nullptr;
  std::optional<std::size_t> descriptors_;
  std::promise<std::string> exceptions_;  // the second call would throw
  std::unique_ptr<HttpServer> server_;
};

struct Exchange {
  std::string description;
  std::string request;
  std::string status_line;
  std::string contains;
};

void PrintTo(const Exchange& e, std::ostream* out) { *out << e.description; }

class ExchangeTest : public HttpServerTest, public testing::WithParamInterface<Exchange> {};

TEST_P(ExchangeTest, IsAnsweredWithTheSecurityHeaders) {
  start();
  const std::string answer = ask(GetParam().request);
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 " + GetParam().status_line));
  EXPECT_THAT(answer, HasSubstr(GetParam().contains));
  EXPECT_THAT(answer, HasSubstr("X-Content-Type-Options: nosniff\r\n"));
  EXPECT_THAT(answer, HasSubstr("frame-ancestors 'none'"));
  EXPECT_THAT(answer, HasSubstr("default-src 'none'"));
  EXPECT_THAT(answer, HasSubstr("Cache-Control: no-store\r\n"));
  EXPECT_THAT(answer, Not(HasSubstr("EXCEPTION_WHAT")));
}

INSTANTIATE_TEST_SUITE_P(
    All, ExchangeTest,
    testing::Values(
        Exchange{"a known path", get("/healthz"), "200", "\r\n\r\nok\n"},
        Exchange{"query is decoded", get("/echo?q=a%20b%2Fc"), "200", "\r\n\r\na b/c"},
        Exchange{"tail of a path", get("/items/42"), "200", "item 42"},
        Exchange{"no tail", get("/items/"), "404", "not found"},
        Exchange{"two segments are not a tail", get("/items/4/2"), "404", "not found"},
        Exchange{"unknown path", get("/nowhere"), "404", "not found"},
        Exchange{"unknown path of the API", get("/api/v1/x"), "404", R"({"error":"not found"})"},
        Exchange{"wrong method", "DELETE /echo HTTP/1.1\r\nHost: x\r\n\r\n", "405",
                 "Allow: GET, HEAD, POST\r\n"},
        Exchange{"POST where only GET is", "POST /healthz HTTP/1.1\r\nHost: x\r\n\r\n", "405",
                 "Allow: GET, HEAD\r\n"},
        Exchange{"a body", "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello",
                 "200", "\r\n\r\nhello"},
        Exchange{"a body that claims to be compressed is data",
                 "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Encoding: gzip\r\n"
                 "Content-Length: 5\r\n\r\nhello",
                 "200", "\r\n\r\nhello"},
        Exchange{"ranges are ignored", get("/healthz", "Range: bytes=0-0\r\n"), "200",
                 "Content-Length: 3\r\n"},
        Exchange{"close is told", get("/healthz", "Connection: close\r\n"), "200",
                 "Connection: close\r\n"},
        Exchange{"an exception tells nothing", get("/throws"), "500", "\r\n\r\ninternal error\n"},
        Exchange{"not HTTP", "hello\r\n\r\n", "400", ""},
        Exchange{"an unknown method", "BREW / HTTP/1.1\r\n\r\n", "400", ""},
        Exchange{"a request line without end", "GET /" + std::string(9000, 'a'), "414", "too long"},
        Exchange{"a header without end", "GET / HTTP/1.1\r\nA: " + std::string(9000, 'a'), "431",
                 "too long"},
        Exchange{"chunked", "POST /echo HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", "501",
                 "Content-Length"},
        Exchange{"a body that is too long",
                 "POST /echo HTTP/1.1\r\nContent-Length: 100000000\r\n\r\n", "413", "too long"}));

TEST_F(HttpServerTest, TellsExceptionsToTheDaemonOnceAMinute) {
  start();
  for (int i = 0; i < 20; ++i) EXPECT_THAT(ask(get("/throws")), StartsWith("HTTP/1.1 500"));
  auto told = exceptions_.get_future();
  ASSERT_TRUE(eventually("an exception is told to the daemon", told));
  EXPECT_EQ(told.get(), "handling a request: secret detail 1");
}

TEST_F(HttpServerTest, WhereMemoryRunsOutTheClientMayComeAgain) {
  start();
  const std::string answer = ask(get("/greedy"));
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 503"));
  EXPECT_THAT(answer, HasSubstr("Retry-After: 1\r\n"));
}

TEST_F(HttpServerTest, AnswersHeadWithTheLengthAndNoBody) {
  start();
  RawClient client(server_->port());
  client.send("HEAD /healthz HTTP/1.1\r\nHost: x\r\n\r\n" + get("/echo?q=next"));
  const std::string both = client.read_until("next");
  EXPECT_THAT(both, HasSubstr("Content-Length: 3\r\n"));
  EXPECT_THAT(both, Not(HasSubstr("ok\n")));
}

TEST_F(HttpServerTest, KeepsConnectionsAndAnswersPipelinedRequestsInOrder) {
  start();
  RawClient client(server_->port());
  std::string requests;
  for (int i = 0; i < 50; ++i) requests += get("/echo?q=" + std::to_string(i));
  client.send(requests);
  for (int i = 0; i < 50; ++i) {
    EXPECT_THAT(client.read_answer(), HasSubstr("\r\n\r\n" + std::to_string(i))) << i;
  }
}

TEST_F(HttpServerTest, SendsLargeAnswersWholeAndUncompressed) {
  start();
  const std::string answer = ask(get("/large", "Accept-Encoding: br, gzip\r\n"));
  EXPECT_GT(answer.size(), kLarge);
  EXPECT_THAT(answer.substr(0, 1000), Not(HasSubstr("Content-Encoding")));
}

// A scraper keeps its connection between two scrapes.
TEST_F(HttpServerTest, AConnectionThatStaysDoesNotKeepTheMemoryOfItsLastAnswer) {
  const auto in_use = [] {
    const auto info = mallinfo2();
    return info.uordblks + info.hblkhd;
  };
  start();
  RawClient client(server_->port());
  client.send(get("/healthz"));
  (void)client.read_answer();
  const std::size_t before = in_use();
  client.send(get("/large") + get("/healthz"));  // when that is answered, the other is over
  ASSERT_TRUE(client.skip_until("ok\n"));
  EXPECT_LT(in_use(), before + kLarge / 8);
}

TEST_F(HttpServerTest, DrippingRequestIsGivenUp) {
  use_fake_clock();
  start();
  RawClient client(server_->port());
  client.send("GET /healthz HTTP/1.1\r\n");
  pass(milliseconds(0));  // it has been accepted
  pass(milliseconds(9900));
  client.send("X: y\r\n");
  pass(milliseconds(200));
  EXPECT_THAT(client.read_until("\n\r\n"), StartsWith("HTTP/1.1 408"));
  EXPECT_TRUE(client.closed());
}

TEST_F(HttpServerTest, IdleConnectionIsClosed) {
  use_fake_clock();
  start();
  RawClient client(server_->port());
  for (int i = 0; i < 2; ++i) {
    client.send(get("/healthz"));
    EXPECT_THAT(client.read_answer(), HasSubstr("200 OK"));
    pass(std::chrono::seconds(74));
  }
  pass(std::chrono::seconds(2));
  EXPECT_TRUE(client.closed());
}

TEST_F(HttpServerTest, ReaderThatDoesNotReadIsDropped) {
  ConnectionLimits limits;
  limits.request = milliseconds(200);
  start(limits);
  RawClient client(server_->port());
  client.send(get("/large"));
  EXPECT_THAT(ask(get("/healthz")), HasSubstr("200 OK"));
  // When the later of two deadlines has passed, so has the earlier.
  EXPECT_THAT(ask("GET /healthz"), StartsWith("HTTP/1.1 408"));
  EXPECT_LT(client.read_until("never sent").size(), kLarge);
}

// What the stock server does with a connection each: no answer for seconds from the eighth on.
TEST_F(HttpServerTest, SilentAndDrippingConnectionsDoNotDelayProbes) {
  ConnectionLimits limits;
  limits.request = std::chrono::minutes(5);
  start(limits);
  std::vector<std::unique_ptr<RawClient>> silent;
  for (int i = 0; i < 64; ++i) {
    silent.push_back(std::make_unique<RawClient>(server_->port()));
    if (i % 2 == 1) silent.back()->send("GET /healthz HTTP/1.1\r\nX: ");
  }
  const auto before = std::chrono::steady_clock::now();
  EXPECT_THAT(ask(get("/healthz")), HasSubstr("200 OK"));
  EXPECT_LT(std::chrono::steady_clock::now() - before, std::chrono::seconds(20))
      << "it waits for none of them";
}

TEST_F(HttpServerTest, MoreConnectionsThanAllowedMakeRoomForNewOnes) {
  ConnectionLimits limits;
  limits.table = {6, 2};
  start(limits);
  std::vector<std::unique_ptr<RawClient>> silent;
  for (int i = 0; i < 32; ++i) silent.push_back(std::make_unique<RawClient>(server_->port()));
  EXPECT_THAT(ask(get("/healthz")), HasSubstr("200 OK"));
  EXPECT_TRUE(silent.front()->closed());
}

TEST_F(HttpServerTest, FewDescriptorsAllowFewConnections) {
  descriptors_ = 32;
  start();
  std::vector<std::unique_ptr<RawClient>> silent;
  for (int i = 0; i < 32; ++i) silent.push_back(std::make_unique<RawClient>(server_->port()));
  EXPECT_THAT(ask(get("/healthz")), HasSubstr("200 OK"));
  EXPECT_TRUE(silent.front()->closed());
}

TEST_F(HttpServerTest, StopsQuicklyWithSilentConnections) {
  ConnectionLimits limits;
  limits.linger = std::chrono::minutes(5);
  start(limits);
  RawClient silent(server_->port());
  RawClient idle(server_->port());
  idle.send(get("/healthz"));
  idle.read_answer();
  const auto before = std::chrono::steady_clock::now();
  server_->stop();
  EXPECT_LT(std::chrono::steady_clock::now() - before, std::chrono::seconds(20))
      << "it waits for none of them";
  EXPECT_TRUE(silent.closed());
  EXPECT_TRUE(idle.closed());
  RawClient late(server_->port());
  EXPECT_FALSE(late.connected());
}

TEST_F(HttpServerTest, PortTakenSaysWhatToDo) {
  start();
  HttpServerOptions options;
  options.port = server_->port();
  const auto second = HttpServer::start(std::move(options));
  ASSERT_FALSE(second);
  EXPECT_THAT(second.error().message, HasSubstr("another program uses this port"));
  EXPECT_THAT(second.error().message, HasSubstr("127.0.0.1:" + std::to_string(server_->port())));
}

TEST_F(HttpServerTest, ForeignAddressSaysWhatToDo) {
  HttpServerOptions options;
  options.host = "192.0.2.1";  // TEST-NET-1: not an address of this machine
  const auto started = HttpServer::start(std::move(options));
  ASSERT_FALSE(started);
  EXPECT_THAT(started.error().message, HasSubstr("this machine has no such address"));
}

TEST_F(HttpServerTest, AddressesOfIpv6HaveBrackets) {
  HttpServerOptions options;
  options.host = "2001:db8::1";  // of documentation (RFC 3849): not an address of this machine
  options.port = 8080;
  const auto started = HttpServer::start(std::move(options));
  ASSERT_FALSE(started);
  EXPECT_THAT(started.error().message, HasSubstr("cannot listen on [2001:db8::1]:8080: "));
}

}  // namespace
}  // namespace defenderd
