// Clients that mean harm, or are merely broken: what they ask for must cost no probe its answer.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pthread.h>
#include <sys/resource.h>

#include <atomic>
#include <chrono>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "server/http_server.h"
#include "server/raw_client.h"
#include "server/test_authority.h"
#include "server/tls_client.h"
#include "support/eventually.h"

namespace defenderd {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::HasSubstr;
using testing::StartsWith;

constexpr std::size_t kBody = 220'000;
constexpr int kSmallBuffer = 4096;
// Below what any client may take (ConnectionLimits::request), above the delays of a busy machine.
constexpr seconds kPrompt{8};

// Over plain HTTP, and over TLS: all of it holds for both.
class HostileClientsTest : public testing::TestWithParam<bool> {
 protected:
  void start(ConnectionLimits limits = {}) {
    const auto text = [](std::size_t size, char letter) {
      Response response;
      response.body = std::string(size, letter);
      return response;
    };
    HttpServerOptions options;
    options.limits = limits;
    options.routes = {
        {"GET", "/healthz", [=](const Request&) { return text(2, 'o'); }, RouteKind::Probe},
        {"GET", "/body", [=](const Request&) { return text(kBody, 'x'); }},
        {"GET", "/large", [=](const Request&) { return text(std::size_t{2} << 20U, 'x'); }},
        {"GET", "/metrics", [this](const Request&) { return wait(); }, RouteKind::Metrics},
        {"GET", "/api", [this](const Request&) { return wait(); }, RouteKind::Api},
        {"POST", "/act", [this](const Request&) { return wait(); }, RouteKind::Action}};
    options.on_refused = [this](Refused why) { ++refused_[static_cast<std::size_t>(why)]; };
    if (GetParam()) options.access = &access_;
    auto started = HttpServer::start(std::move(options));
    ASSERT_TRUE(started) << started.error().message;
    server_ = std::move(*started);
  }

  // A handler that does not end before the test lets it.
  Response wait() {
    EXPECT_TRUE(eventually("the handlers may end", held_));
    return {};
  }

  std::unique_ptr<RawClient> silent_reader(const std::string& path) const {
    auto client = connect(kSmallBuffer);
    client->send(get(path));
    return client;
  }
  // Not connected yet.
  std::unique_ptr<RawClient> unconnected() const {
    if (GetParam()) return std::make_unique<TlsClient>(client_tls_);
    return std::make_unique<RawClient>();
  }
  std::unique_ptr<RawClient> connect(int receive_buffer = 0) const {
    if (GetParam())
      return std::make_unique<TlsClient>(client_tls_, server_->port(), receive_buffer);
    return std::make_unique<RawClient>(server_->port(), receive_buffer);
  }
  // "" where no answer came; the time that it took in any case.
  std::pair<std::string, milliseconds> probe() const {
    const auto before = std::chrono::steady_clock::now();
    const auto client = connect();
    client->send(get("/healthz"));
    std::string answer = client->read_answer();
    const auto took = std::chrono::steady_clock::now() - before;
    return {std::move(answer), std::chrono::duration_cast<milliseconds>(took)};
  }
  [[nodiscard]] int refused(Refused why) const { return refused_[static_cast<std::size_t>(why)]; }

  std::promise<void> let_go_;
  const std::shared_future<void> held_ = let_go_.get_future().share();
  std::array<std::atomic<int>, 6> refused_ = {};
  const TestAuthority authority_;
  const ClientTls client_tls_{authority_.pem()};
  const WebAccess access_{{authority_.server_tls(), false, {}, true}};
  std::unique_ptr<HttpServer> server_;
};

TEST_P(HostileClientsTest, ThoseWhoNeverReadDoNotKeepProbesOut) {
  start();
  std::vector<std::unique_ptr<RawClient>> readers;
  for (int i = 0; i < 300; ++i) readers.push_back(silent_reader("/body"));
  for (std::size_t round = 0; round < 40; ++round) {
    for (std::size_t i = 0; i < 20; ++i)
      readers[(round * 20 + i) % readers.size()] = silent_reader("/body");
    const auto [answer, took] = probe();
    ASSERT_THAT(answer, StartsWith("HTTP/1.1 200")) << round;
    EXPECT_LT(took, kPrompt) << round;
  }
}

TEST_P(HostileClientsTest, ThoseWhoReadAreServedBesideThoseWhoNeverDo) {
  ConnectionLimits limits;
  limits.table = {8, 8};
  start(limits);
  std::vector<std::unique_ptr<RawClient>> readers;
  for (int i = 0; i < 8; ++i) readers.push_back(silent_reader("/large"));
  const auto deadline = std::chrono::steady_clock::now() + seconds(10);
  std::string answer;
  int busy = 0;
  // Within a second those stall, and make room.
  while (std::chrono::steady_clock::now() < deadline) {
    const auto client = connect();
    client->send(get("/body"));
    answer = client->read_answer();
    if (answer.starts_with("HTTP/1.1 200")) break;
    ASSERT_THAT(answer, StartsWith("HTTP/1.1 503"));
    ASSERT_THAT(answer, HasSubstr("Retry-After: 1\r\n"));
    ++busy;
  }
  EXPECT_GT(answer.size(), kBody);
  EXPECT_GT(refused(Refused::Evicted), 0);
  EXPECT_EQ(refused(Refused::Busy), busy);
}

TEST_P(HostileClientsTest, AnswersThatNobodyFetchesAreBoundedAndTheNextIsToldSo) {
  ConnectionLimits limits;
  limits.unsent = 1;  // besides two of the largest
  start(limits);
  const auto first = silent_reader("/large");
  const auto second = silent_reader("/large");
  // When that is answered, those above have been.
  const auto third = connect();
  third->send(get("/large"));
  const std::string answer = third->read_answer();
  EXPECT_THAT(answer.substr(0, 1000), StartsWith("HTTP/1.1 503"));
  EXPECT_THAT(answer, HasSubstr("Retry-After: 1\r\n"));
  EXPECT_THAT(answer, HasSubstr("\r\n\r\ntoo many answers wait for slow clients"));
  EXPECT_EQ(refused(Refused::Memory), 1);
  EXPECT_THAT(probe().first, StartsWith("HTTP/1.1 200"));
}

TEST_P(HostileClientsTest, ProbesDoNotWaitForOtherAnswers) {
  start();
  std::vector<std::unique_ptr<RawClient>> waiting;
  for (int i = 0; i < 8; ++i) {
    waiting.push_back(silent_reader("/metrics"));
    waiting.push_back(silent_reader("/api"));
    waiting.push_back(connect());
    waiting.back()->send("POST /act HTTP/1.1\r\nHost: x\r\n\r\n");
  }
  const auto [answer, took] = probe();
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200"));
  EXPECT_LT(took, kPrompt);
  let_go_.set_value();
}

// The server's threads get stacks that a matcher with a frame for each byte overflows.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr std::size_t kSmallStack = std::size_t{4} << 20U;  // the sanitizers need more themselves
#else
constexpr std::size_t kSmallStack = std::size_t{128} << 10U;
#endif

TEST_P(HostileClientsTest, LongHeadersNeedNoStack) {
  pthread_attr_t before;
  pthread_attr_t small;
  pthread_getattr_default_np(&before);
  pthread_attr_init(&small);
  pthread_attr_setstacksize(&small, kSmallStack);
  pthread_setattr_default_np(&small);
  start();
  pthread_setattr_default_np(&before);
  pthread_attr_destroy(&small);
  pthread_attr_destroy(&before);

  const auto header_of = [](const std::string& name, std::string value, const std::string& part) {
    while (value.size() + part.size() < 8100) value += part;
    return name + ": " + value + "\r\n";
  };
  for (const std::string& header :
       {header_of("Range", "bytes=0-0", ",0-0"), header_of("Accept", "a/b", ";q=0.1,a/b"),
        header_of("Accept-Encoding", "x", ",x;q=0"), header_of("Origin", "a", ".a"),
        header_of("Content-Type", "multipart/form-data; boundary=", "-"),
        header_of("Connection", "a", ",a"), header_of("Cookie", "a=b", ";a=b"),
        header_of("Forwarded", "for=a", ",for=a"), header_of("X", "((((", "a*)*(")}) {
    const auto client = connect();
    client->send(get("/healthz", header));
    EXPECT_THAT(client->read_answer(), StartsWith("HTTP/1.1 200")) << header.substr(0, 40);
  }
  for (const std::string& line :
       {"GET /" + std::string(30'000, '%') + " HTTP/1.1", std::string(30'000, 'A'),
        "GET /healthz?" + std::string(30'000, '&') + " HTTP/1.1"}) {
    const auto client = connect();
    client->send(line + "\r\n\r\n");
    EXPECT_THAT(client->read_answer(), StartsWith("HTTP/1.1 414"));
  }
  EXPECT_THAT(probe().first, StartsWith("HTTP/1.1 200"));
}

// Restores the limit of descriptors, whatever becomes of the test.
class DescriptorLimit {
 public:
  explicit DescriptorLimit(rlim_t soft) {
    getrlimit(RLIMIT_NOFILE, &before_);
    const rlimit lowered{soft, before_.rlim_max};
    setrlimit(RLIMIT_NOFILE, &lowered);
  }
  ~DescriptorLimit() { setrlimit(RLIMIT_NOFILE, &before_); }
  DescriptorLimit(const DescriptorLimit&) = delete;
  DescriptorLimit& operator=(const DescriptorLimit&) = delete;

 private:
  rlimit before_{};
};

TEST_P(HostileClientsTest, WhenDescriptorsRunOutTheOldestConnectionMakesRoom) {
  start();
  std::vector<std::unique_ptr<RawClient>> clients;
  for (int i = 0; i < 40; ++i) clients.push_back(unconnected());
  // Room for three more in this process, which is the clients' and the server's.
  std::string answer;
  {
    const DescriptorLimit limit(static_cast<rlim_t>(clients.back()->fd()) + 4);
    for (auto& client : clients) client->connect(server_->port());
    clients.back()->send(get("/healthz"));
    answer = clients.back()->read_answer();
  }
  // Not before: the undefined behaviour sanitizer needs descriptors to check a matcher.
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200"));
  EXPECT_GT(refused(Refused::Evicted), 0);
}

INSTANTIATE_TEST_SUITE_P(All, HostileClientsTest, testing::Bool(), [](const auto& tested) {
  return std::string(tested.param ? "Tls" : "Plain");
});

}  // namespace
}  // namespace defenderd
