// Attacks on the server: the probes must be answered meanwhile, and memory must stay bounded.

#include <gtest/gtest.h>

#include "e2e/attack/attack_world.h"
#include "server/test_authority.h"
#include "server/tls_client.h"

namespace defenderd::attack {
namespace {

constexpr unsigned kLargeFleet = 10'000;
constexpr double kContainer = 256;  // MiB, the limit that the manifests set

class ServerAttackTest : public AttackWorld {
 protected:
  // Scrapers that come back as soon as they were served.
  void scrape(const DaemonProcess& daemon, std::size_t scrapers, bool gzip) {
    CrowdOptions options;
    options.port = daemon.port();
    options.clients = scrapers;
    options.request = get_once("/metrics", gzip ? "Accept-Encoding: gzip\r\n" : "");
    Crowd crowd(options);
    const Attacked attacked = probe(daemon.port());
    const CrowdFigures figures = crowd.stop();
    const double peak = peak_mib(daemon);
    print(std::to_string(scrapers) + (gzip ? " gzip" : " plain") + " scrapers of " +
              std::to_string(kLargeFleet) + " subscriptions",
          attacked,
          std::to_string(figures.answered) + " scrapes, " + std::to_string(figures.turned_away) +
              " turned away, " + std::to_string(figures.dropped) + " dropped, resident peak " +
              std::to_string(static_cast<int>(peak)) + " MiB (VmHWM)");
    expect_probes(attacked, kSaturated);
    EXPECT_GT(figures.answered, 0U) << "some scrapers are served";
    EXPECT_LT(peak, kContainer);
  }
};

TEST_F(ServerAttackTest, ParallelScrapersOfALargeFleetFitIntoItsContainer) {
  fleet(kLargeFleet);
  const auto daemon = run();
  ASSERT_TRUE(wait_in_sync(*daemon, kLargeFleet)) << daemon->output();
  print("none, 10000 subscriptions", probe(daemon->port()),
        "resident peak " + std::to_string(static_cast<int>(peak_mib(*daemon))) + " MiB (VmHWM)");
  for (const std::size_t scrapers : {std::size_t{50}, std::size_t{200}}) {
    scrape(*daemon, scrapers, false);
    scrape(*daemon, scrapers, true);
  }
}

TEST_F(ServerAttackTest, ClientsThatDoNotReadMakeRoomForProbes) {
  fleet(kLargeFleet / 10);
  const auto daemon = run();
  ASSERT_TRUE(wait_in_sync(*daemon, kLargeFleet / 10)) << daemon->output();
  CrowdOptions options;
  options.port = daemon->port();
  options.clients = 256;
  options.request = get_once("/metrics");
  options.reads = false;
  options.receive_buffer = 4096;
  options.renewed_per_second = 300;
  Crowd crowd(options);
  ASSERT_TRUE(wait_until([&] { return crowd.present() == options.clients; }));
  const Attacked attacked = probe(daemon->port());
  const CrowdFigures figures = crowd.stop();
  print("256 clients that do not read, renewed at 300/s", attacked,
        std::to_string(figures.connections) + " connections, resident peak " +
            std::to_string(static_cast<int>(peak_mib(*daemon))) + " MiB");
  expect_probes(attacked, kCalm);
  EXPECT_LT(peak_mib(*daemon), kContainer);
}

TEST_F(ServerAttackTest, HalfRequestsDoNotUseUpFewDescriptors) {
  fleet(2);
  const auto daemon = run_with("ulimit -n 64");
  ASSERT_TRUE(wait_in_sync(*daemon, 2)) << daemon->output();
  CrowdOptions options;
  options.port = daemon->port();
  options.clients = 120;
  options.request = "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n";
  Crowd crowd(options);
  const Attacked attacked = probe(daemon->port());
  const CrowdFigures figures = crowd.stop();
  print("120 half requests at 64 descriptors", attacked,
        std::to_string(figures.connections) + " connections");
  expect_probes(attacked, kCalm);
}

TEST_F(ServerAttackTest, SilentConnectionsDoNotUseUpFewDescriptors) {
  fleet(2);
  const auto daemon = run_with("ulimit -n 256");
  ASSERT_TRUE(wait_in_sync(*daemon, 2)) << daemon->output();
  CrowdOptions options;
  options.port = daemon->port();
  options.clients = 1000;
  Crowd crowd(options);
  const Attacked attacked = probe(daemon->port());
  const CrowdFigures figures = crowd.stop();
  print("1000 silent connections at 256 descriptors", attacked,
        std::to_string(figures.connections) + " connections");
  expect_probes(attacked, kCalm);
}

TEST_F(ServerAttackTest, AStormOfConnectionsDoesNotStarveProbes) {
  fleet(2);
  const auto daemon = run();
  ASSERT_TRUE(wait_in_sync(*daemon, 2)) << daemon->output();
  CrowdOptions options;
  options.port = daemon->port();
  options.clients = 256;
  options.renewed_per_second = 30'000;
  options.most = 1'000'000;
  Crowd crowd(options);
  const Attacked attacked = probe(daemon->port());
  const CrowdFigures figures = crowd.stop();
  print("a storm of connections, 30000/s where the machine can", attacked,
        std::to_string(figures.connections) + " connections");
  expect_probes(attacked, kSaturated);
}

// The first message of a TLS client. Whoever repeats it has the server sign a handshake each time,
// and does nothing itself.
std::string client_hello(const ClientTls& tls) {
  const std::unique_ptr<SSL, FreedBy<SSL_free>> session(SSL_new(tls.context()));
  BIO* const sent = BIO_new(BIO_s_mem());
  SSL_set_bio(session.get(), BIO_new(BIO_s_mem()), sent);
  SSL_set_connect_state(session.get());
  SSL_do_handshake(session.get());
  ERR_clear_error();
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(sent, &bytes);
  return {bytes, static_cast<std::size_t>(size)};
}

// Clients that ask for a handshake and complete none, while probes come over TLS, too.
class HandshakeAttackTest : public ServerAttackTest {
 protected:
  HandshakeAttackTest() {
    const armsim::ServerCertificate own = authority_.server();
    write("tls.crt", own.certificate_pem);
    write("tls.key", own.key_pem);
    write("web.yaml", "tls_server_config: {cert_file: tls.crt, key_file: tls.key}\n");
    declare_on(2);
    std::string text = settings();
    replace_all(text, "server: {", "server: {webConfigFile: " + path("web.yaml") + ", ");
    write("settings.yaml", text);
    options_.request = client_hello(client_);
    options_.most = 1'000'000;
  }
  void attack(const std::string& name) {
    const auto daemon = run();
    options_.port = daemon->port();
    ASSERT_NE(options_.port, 0) << daemon->output();
    ASSERT_GT(options_.request.size(), 100U);
    Crowd crowd(options_);
    const Attacked attacked = probe(
        daemon->port(), [] {}, &client_);
    const CrowdFigures figures = crowd.stop();
    print(name, attacked,
          std::to_string(figures.connections) + " handshakes begun, " +
              std::to_string(figures.bytes >> 10U) + " KiB answered, resident peak " +
              std::to_string(static_cast<int>(peak_mib(*daemon))) + " MiB");
    expect_probes(attacked, kSaturated);
    EXPECT_LT(peak_mib(*daemon), kContainer);
    azure_.update(id(1), [](armsim::Subscription& it) { it.plan.on = false; });
    EXPECT_TRUE(azure_.wait_for([&] { return azure_.plan(id(1)).on; }, std::chrono::seconds(60)));
    answered_ = figures.bytes;
  }

  const TestAuthority authority_;
  const ClientTls client_{authority_.pem()};
  CrowdOptions options_;
  std::uint64_t answered_ = 0;  // bytes
};

TEST_F(HandshakeAttackTest, AFloodDoesNotStarveProbes) {
  options_.clients = 200;
  options_.renewed_per_second = 20'000;
  attack("a flood of TLS handshakes, 20000/s where the machine can");
}

// Each stays long enough to cost a handshake, if its turn comes.
TEST_F(HandshakeAttackTest, ClientsThatStayAWhileDoNotStarveProbes) {
  options_.clients = 300;
  options_.renewed_per_second = 3000;
  attack("a flood of TLS handshakes, 3000/s that stay for 100 ms");
}

// They are accepted while they are silent, and all ask then.
TEST_F(HandshakeAttackTest, WavesOfHandshakesDoNotStarveProbes) {
  options_.clients = 300;
  options_.silent = std::chrono::milliseconds(50);
  options_.leaves = true;
  attack("waves of TLS handshakes by 300 clients");
  EXPECT_GT(answered_, 0U) << "they cost the server something";
}

// cpp-httplib matches this header by a recursive regular expression, a stack frame per letter.
TEST_F(ServerAttackTest, AHeaderThatWouldUseUpTheStackIsNotParsed) {
  fleet(2);
  const auto daemon = run_with("ulimit -s 160");
  ASSERT_TRUE(wait_in_sync(*daemon, 2)) << daemon->output();
  std::string ranges = "Range: bytes=0-0";
  while (ranges.size() < 8000) ranges += ",0-0";
  CrowdOptions options;
  options.port = daemon->port();
  options.clients = 4;
  options.request = get_once("/", ranges + "\r\n");
  Crowd crowd(options);
  const Attacked attacked = probe(daemon->port());
  const CrowdFigures figures = crowd.stop();
  print("Range headers of 8 KiB on small stacks", attacked,
        std::to_string(figures.answered + figures.turned_away) + " answers");
  expect_probes(attacked, kSaturated);
  EXPECT_GT(figures.answered + figures.turned_away, 0U);
  EXPECT_EQ(daemon->get("/healthz").status, 200) << daemon->output();
}

// What a browser sends for a page of another site whose name resolves to this machine.
TEST_F(ServerAttackTest, AForeignHostReadsNothing) {
  fleet(2);
  const auto daemon = run();
  ASSERT_TRUE(wait_in_sync(*daemon, 2)) << daemon->output();
  std::uint64_t turned_away = 0;
  for (const char* const path : {"/", "/api/v1/status", "/api/v1/subscriptions"}) {
    CrowdOptions options;
    options.port = daemon->port();
    options.clients = 1;
    options.most = 1;
    options.request = "GET " + std::string(path) +
                      " HTTP/1.1\r\nHost: evil.example.com\r\nConnection: close\r\n\r\n";
    Crowd crowd(options);
    ASSERT_TRUE(wait_until([&] { return crowd.finished() == 1; })) << path;
    const CrowdFigures figures = crowd.stop();
    EXPECT_EQ(figures.turned_away, 1U) << path;
    turned_away += figures.turned_away;
  }
  print("a foreign Host header", std::to_string(turned_away) + " of 3 requests turned away");
}

}  // namespace
}  // namespace defenderd::attack
