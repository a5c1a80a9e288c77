// The server over TLS, with client certificates and users.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/eventfd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <memory>
#include <new>
#include <string>
#include <thread>
#include <vector>

#include "base/time_text.h"
#include "server/http_server.h"
#include "server/test_authority.h"
#include "server/tls_client.h"
#include "support/eventually.h"
#include "support/key_pair.h"

namespace defenderd {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

// "secret" by bcrypt.
constexpr const char* kHash = "$2y$04$uBHjgz0RLD7tEcWVWi/cu.ne..GbfobQMjcNePypP5FPYxcnoouem";
constexpr const char* kLogin = "Authorization: Basic YW5uOnNlY3JldA==\r\n";
constexpr std::size_t kLarge = std::size_t{4} << 20U;

// The clock of this machine counts from 1678 to 2262.
TEST(ServerTls, ACertificateThatEndsBeyondTheClockEndsAtItsEdge) {
  const auto end_of = [](const char* not_after) -> std::string {
    const KeyPair pair =
        make_key_pair(std::chrono::system_clock::now(), KeyType::EllipticCurve, not_after);
    const auto tls = ServerTls::create({pair.certificate, Secret(pair.key), {}});
    return tls ? format_rfc3339((*tls)->expires()) : tls.error().message;
  };
  EXPECT_EQ(end_of("20301231235959Z"), "2030-12-31T23:59:59.000Z");
  EXPECT_EQ(end_of("99991231235959Z"), "2243-10-17T00:00:00.000Z");
  EXPECT_EQ(end_of("16000101000000Z"), "1696-03-17T00:00:00.000Z");
  EXPECT_EQ(end_of("00010101000000Z"), "1696-03-17T00:00:00.000Z");
}

class HttpsServerTest : public testing::Test {
 protected:
  void start(WebAccess::Rules rules, ConnectionLimits limits = {}) {
    access_ = std::make_unique<WebAccess>(std::move(rules));
    HttpServerOptions options;
    options.limits = limits;
    options.access = access_.get();
    options.on_refused = [this](Refused why) { ++refused_.at(static_cast<std::size_t>(why)); };
    options.routes = {
        {"GET", "/healthz", [](const Request&) { return text_response(200, "ok"); },
         RouteKind::Probe},
        {"GET", "/page", [](const Request&) { return text_response(200, "page"); }},
        {"POST", "/page", [](const Request& r) { return text_response(200, r.body); }},
        {"GET", "/large", [](const Request&) {
           Response response;
           response.body = std::string(kLarge, 'x');
           return response;
         }}};
    auto started = HttpServer::start(std::move(options));
    ASSERT_TRUE(started) << started.error().message;
    server_ = std::move(*started);
  }
  void start_with(const TlsRules& rules, bool let_in = false) {
    start({authority_.server_tls(rules, let_in), rules.client == ClientAuth::Required, {}, let_in});
  }
  std::string ask(const ClientTls& tls, const std::string& request) const {
    TlsClient client(tls, server_->port());
    client.send(request);
    return client.read_answer();
  }
  [[nodiscard]] int refused(Refused why) const {
    return refused_.at(static_cast<std::size_t>(why));
  }

  const TestAuthority authority_;
  const ClientTls anyone_{authority_.pem()};
  std::array<std::atomic<int>, 6> refused_ = {};
  std::unique_ptr<WebAccess> access_;
  std::unique_ptr<HttpServer> server_;
};

TEST_F(HttpsServerTest, AnswersOnOneConnectionAfterAnother) {
  start_with({});
  TlsClient client(anyone_, server_->port());
  client.send(get("/page") + get("/healthz"));
  EXPECT_THAT(client.read_answer(), HasSubstr("\r\n\r\npage"));
  EXPECT_THAT(client.read_answer(), HasSubstr("\r\n\r\nok"));
  client.send(get("/large"));
  EXPECT_GT(client.read_answer().size(), kLarge);
  const std::string half(4000, 'b');
  client.send(
      "POST /page HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 8000\r\n\r\n" + half);
  client.send(half);
  const std::string answer = client.read_answer();
  EXPECT_TRUE(answer.ends_with("\r\n\r\n" + half + half + "\n")) << answer.substr(0, 200);
  EXPECT_TRUE(client.closed());
  EXPECT_EQ(client.version(), "TLSv1.3");
}

TEST_F(HttpsServerTest, SpeaksTheVersionsOfItsRules) {
  start_with({TlsVersion::Tls12, TlsVersion::Tls12});
  EXPECT_THAT(ask(ClientTls(authority_.pem(), nullptr, TLS1_2_VERSION), get("/page")),
              StartsWith("HTTP/1.1 200"));
  EXPECT_EQ(ask(ClientTls(authority_.pem(), nullptr, TLS1_3_VERSION), get("/page")), "");
  start_with({TlsVersion::Tls13, TlsVersion::Tls13});
  EXPECT_EQ(ask(ClientTls(authority_.pem(), nullptr, TLS1_2_VERSION), get("/page")), "");
}

TEST_F(HttpsServerTest, TellsAClientOfPlainHttpWhatToDo) {
  start_with({});
  RawClient client(server_->port());
  client.send(get("/page"));
  const std::string answer = client.read_answer();
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 400"));
  EXPECT_THAT(answer, HasSubstr("this port speaks HTTPS: use https://"));
  EXPECT_TRUE(client.closed());
}

TEST_F(HttpsServerTest, RubbishInPlaceOfAHandshakeEndsTheConnection) {
  start_with({});
  for (const std::string& rubbish :
       {std::string(1, '\x16') + std::string(5000, '\xff'), std::string(64, '\0'),
        std::string("\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00", 10)}) {
    RawClient client(server_->port());
    client.send(rubbish);
    EXPECT_TRUE(client.closed());
  }
  EXPECT_EQ(refused(Refused::Tls), 3);
  EXPECT_THAT(ask(anyone_, get("/healthz")), StartsWith("HTTP/1.1 200"));
}

TEST_F(HttpsServerTest, TakesTheClientCertificatesOfItsRulesOnly) {
  TlsRules rules;
  rules.client = ClientAuth::Required;
  rules.allowed_sans = {"prometheus.example.com", "10.1.2.3", "spiffe://cluster/monitoring"};
  start_with(rules);
  const TestAuthority stranger;
  struct Case {
    const char* description = "";
    armsim::ServerCertificate own;
    const char* answer = "";  // "": the handshake fails
  };
  for (const Case& c : {
           Case{"a name", authority_.client("DNS:Prometheus.example.com"), "HTTP/1.1 200"},
           Case{"an address", authority_.client("IP:10.1.2.3"), "HTTP/1.1 200"},
           Case{"a URI", authority_.client("DNS:x,URI:spiffe://cluster/monitoring"),
                "HTTP/1.1 200"},
           Case{"another name", authority_.client("DNS:grafana.example.com"), "HTTP/1.1 403"},
           Case{"another address", authority_.client("IP:10.1.2.4"), "HTTP/1.1 403"},
           Case{"an expired one", authority_.client("DNS:prometheus.example.com", -60), ""},
           Case{"one of another authority", stranger.client("DNS:prometheus.example.com"), ""},
           Case{"one for servers", authority_.server(), ""},
       }) {
    const std::string answer = ask(ClientTls(authority_.pem(), &c.own), get("/page"));
    EXPECT_EQ(answer.substr(0, 12), c.answer) << c.description;
  }
  EXPECT_EQ(ask(anyone_, get("/page")), "");
}

TEST_F(HttpsServerTest, OpenProbesNeedNoCertificateAndAllElseDoes) {
  TlsRules rules;
  rules.client = ClientAuth::Required;
  start_with(rules, true);
  EXPECT_THAT(ask(anyone_, get("/healthz")), StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(ask(anyone_, get("/page")), StartsWith("HTTP/1.1 403"));
  EXPECT_THAT(ask(anyone_, get("/nowhere")), StartsWith("HTTP/1.1 403"));
  const auto own = authority_.client("DNS:x");
  EXPECT_THAT(ask(ClientTls(authority_.pem(), &own), get("/page")), StartsWith("HTTP/1.1 200"));
  const auto expired = authority_.client("DNS:x", -60);
  EXPECT_EQ(ask(ClientTls(authority_.pem(), &expired), get("/healthz")), "");
}

TEST_F(HttpsServerTest, ConnectionsFromNowOnHaveTheNewCertificate) {
  start_with({});
  TlsClient before(anyone_, server_->port());
  before.send(get("/page"));
  EXPECT_THAT(before.read_answer(), StartsWith("HTTP/1.1 200"));
  const TestAuthority next;
  access_->set({next.server_tls(), false, {}, true});
  const ClientTls trusts_next(next.pem());
  EXPECT_THAT(ask(trusts_next, get("/page")), StartsWith("HTTP/1.1 200"));
  EXPECT_EQ(ask(anyone_, get("/page")), "");
  before.send(get("/page"));
  EXPECT_THAT(before.read_answer(), StartsWith("HTTP/1.1 200"));
}

TEST_F(HttpsServerTest, CertificatesAreReplacedUnderLoad) {
  start_with({});
  std::atomic<int> failed = 0;
  std::atomic<int> answered = 0;
  std::atomic<bool> ended = false;
  std::vector<std::jthread> clients;
  for (int i = 0; i < 4; ++i) {
    clients.emplace_back([&] {
      while (!ended) {
        const bool good = ask(anyone_, get("/large")).size() > kLarge;
        ++(good ? answered : failed);
      }
    });
  }
  bool served = true;
  const auto wait_for = [&](int answers) {
    served = eventually(std::to_string(answers) + " answers have come",
                        [&] { return answered >= answers; });
    EXPECT_TRUE(served) << answered << " came";
  };
  for (int i = 0; served && i < 50; ++i) {
    access_->set({authority_.server_tls(), false, {}, true});
    wait_for(i);
  }
  if (served) wait_for(100);
  ended = true;
  clients.clear();
  EXPECT_EQ(failed, 0);
}

TEST_F(HttpsServerTest, UsersNeedTheirPassword) {
  start({nullptr, false, {{"ann", Secret(kHash)}}, true});
  const auto plain = [&](const std::string& request) {
    RawClient client(server_->port());
    client.send(request);
    return client.read_answer();
  };
  const std::string challenge = plain(get("/page"));
  EXPECT_THAT(challenge, StartsWith("HTTP/1.1 401"));
  EXPECT_THAT(challenge,
              HasSubstr("WWW-Authenticate: Basic realm=\"defenderd\", charset=\"UTF-8\"\r\n"));
  EXPECT_THAT(challenge, HasSubstr("this needs a user name and a password"));
  const std::string wrong = plain(get("/page", "Authorization: Basic YW5uOndyb25n\r\n"));
  EXPECT_THAT(wrong, StartsWith("HTTP/1.1 401"));
  EXPECT_THAT(wrong, HasSubstr("the user name or the password is wrong"));
  for (int i = 0; i < 2; ++i)
    EXPECT_THAT(plain(get("/page", kLogin)), HasSubstr("\r\n\r\npage")) << i;
  EXPECT_THAT(plain(get("/healthz")), StartsWith("HTTP/1.1 200"));
  EXPECT_EQ(refused(Refused::Denied), 2);
}

TEST_F(HttpsServerTest, PasswordsThatAreVerifiedHoldUpNobodyElse) {
  // Verified for a second or longer each.
  const std::string slow = std::string("$2y$14$") + (kHash + 7);
  start({nullptr, false, {{"ann", Secret(kHash)}, {"slow", Secret(slow)}}, true});
  const auto asks = [&](const std::string& login) {
    auto client = std::make_unique<RawClient>(server_->port());
    client->send(get("/page", login));
    return client;
  };
  EXPECT_THAT(asks(kLogin)->read_answer(), StartsWith("HTTP/1.1 200"));
  std::vector<std::unique_ptr<RawClient>> attackers;
  for (int i = 0; i < 60; ++i)
    attackers.push_back(asks("Authorization: Basic c2xvdzp3cm9uZw==\r\n"));
  // Too many wait: those are told so at once.
  EXPECT_THAT(attackers.back()->read_answer(), HasSubstr("too many passwords wait"));
  EXPECT_GE(refused(Refused::Busy), 40);
  const auto before = std::chrono::steady_clock::now();
  EXPECT_THAT(asks(kLogin)->read_answer(), StartsWith("HTTP/1.1 200"));
  RawClient probe(server_->port());
  probe.send(get("/healthz"));
  EXPECT_THAT(probe.read_answer(), StartsWith("HTTP/1.1 200"));
  // None of the sixteen that wait was waited for.
  EXPECT_LT(std::chrono::steady_clock::now() - before, std::chrono::seconds(8));
}

TEST_F(HttpsServerTest, AThousandSlowHandshakesKeepNoProbeOut) {
  start_with({});
  std::vector<std::unique_ptr<RawClient>> slow;
  // The first bytes of a ClientHello, and never the rest.
  const std::string begin("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11);
  for (int i = 0; i < 1000; ++i) {
    slow.push_back(std::make_unique<RawClient>(server_->port()));
    slow.back()->send(begin);
    if (i >= 300 && i % 50 == 0) {
      EXPECT_THAT(ask(anyone_, get("/healthz")), StartsWith("HTTP/1.1 200")) << i;
    }
  }
  const auto before = std::chrono::steady_clock::now();
  EXPECT_THAT(ask(anyone_, get("/healthz")), StartsWith("HTTP/1.1 200"));
  EXPECT_LT(std::chrono::steady_clock::now() - before, std::chrono::seconds(8));
  EXPECT_GT(refused(Refused::Evicted), 0);
}

TEST(ConnectionLoop, AConnectionThatCannotHaveTlsIsClosedAndNotPlain) {
  auto listener = listen_on("127.0.0.1", 0);
  ASSERT_TRUE(listener) << listener.error().message;
  const SystemClock clock;
  std::atomic<int> answered = 0;
  ConnectionLoop::Hooks hooks;
  hooks.kind_of = [](const Request&) { return RouteKind::Probe; };
  hooks.respond = [&](const Request&) {
    ++answered;
    return text_response(200, "ok");
  };
  hooks.secure = [](int) -> std::unique_ptr<TlsChannel> { throw std::bad_alloc(); };
  hooks.rest = [](RouteKind) {};
  hooks.refused = [](Refused) {};
  hooks.threw = [](std::string_view, std::string_view) {};
  const int port = listener->port;
  ConnectionLoop loop(std::move(listener->socket), UniqueFd(::eventfd(0, EFD_NONBLOCK)), clock, {},
                      std::move(hooks));
  RawClient client(port);
  client.send(get("/"));
  EXPECT_TRUE(client.closed());
  loop.stop();
  EXPECT_EQ(answered, 0);
}

TEST(ServerTls, NamesTheFileThatIsWrong) {
  const TestAuthority authority;
  const auto own = authority.server();
  const auto other = authority.server();
  struct Case {
    const char* description = "";
    ServerTls::Material material;
    const char* says = "";
  };
  TlsRules clients;
  clients.client = ClientAuth::Required;
  // OpenSSL would prompt for its password, and wait.
  const std::string encrypted =
      "-----BEGIN CERTIFICATE-----\nProc-Type: 4,ENCRYPTED\n"
      "DEK-Info: AES-256-CBC,0102030405060708090A0B0C0D0E0F10\n\nAAAA\n"
      "-----END CERTIFICATE-----\n";
  testing::internal::CaptureStderr();
  for (const Case& c : {
           Case{"no certificate", {"x", Secret(own.key_pem), "", {}, false}, "cert_file: expected"},
           Case{"an encrypted certificate",
                {encrypted, Secret(own.key_pem), "", {}, false},
                "cert_file: expected"},
           Case{"an encrypted authority",
                {own.certificate_pem, Secret(own.key_pem), encrypted, clients, false},
                "client_ca_file: expected"},
           Case{"no key", {own.certificate_pem, Secret("x"), "", {}, false}, "key_file: expected"},
           Case{"the key of another",
                {own.certificate_pem, Secret(other.key_pem), "", {}, false},
                "key_file: this is not the key of the certificate in cert_file"},
           Case{"no authority",
                {own.certificate_pem, Secret(own.key_pem), "x", clients, false},
                "client_ca_file: expected"},
       }) {
    const auto tls = ServerTls::create(c.material);
    ASSERT_FALSE(tls) << c.description;
    EXPECT_THAT(tls.error().message, StartsWith(c.says)) << c.description;
  }
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "") << "a prompt";
}

TEST_F(HttpsServerTest, AClientWhoseAuthorityWasTakenOutIsServedNoLonger) {
  TlsRules rules;
  rules.client = ClientAuth::Required;
  start_with(rules, true);
  const auto own = authority_.client("DNS:ops");
  const ClientTls known(authority_.pem(), &own);
  TlsClient client(known, server_->port());
  client.send(get("/page"));
  EXPECT_THAT(client.read_answer(), StartsWith("HTTP/1.1 200"));
  access_->set({authority_.server_tls(rules, true), true, {}, true});
  client.send(get("/page"));
  EXPECT_THAT(client.read_answer(), StartsWith("HTTP/1.1 200")) << "only the certificate changed";
  const TestAuthority next;
  access_->set({next.server_tls(rules, true), true, {}, true});
  client.send(get("/page"));
  EXPECT_TRUE(client.closed());
}

}  // namespace
}  // namespace defenderd
