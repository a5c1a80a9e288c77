// What HttpsTransport does with servers that are slow, wrong, or not to be trusted.

#include <gmock/gmock.h>
#include <netdb.h>
#include <sys/resource.h>

#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <thread>
#include <vector>

#include "desired/temp_folder.h"
#include "net/https_transport.h"
#include "net/transport_fixture.h"

namespace defenderd {
namespace {

using namespace std::chrono_literals;
using armsim::Fault;
using armsim::FaultKind;
using armsim::Operation;
using Kind = TransportError::Kind;

bool resolves(const char* name) {
  addrinfo* found = nullptr;
  if (::getaddrinfo(name, nullptr, nullptr, &found) != 0) return false;
  ::freeaddrinfo(found);
  return true;
}

class HttpsTransportLimitsTest : public HttpsTransportTest {
 protected:
  // Fails by the deadline, and not long after it.
  TransportError times_out(const HttpRequest& request) const {
    const SystemClock clock;
    const SteadyTime start = clock.steady_now();
    TransportError error = failed(request);
    EXPECT_EQ(error.kind, Kind::Timeout) << error.message;
    EXPECT_LT(clock.steady_now() - start, request.timeout + 5s);
    return error;
  }
};

TEST_F(HttpsTransportLimitsTest, AServerThatHangsIsLeftAtTheDeadline) {
  world_.inject(Fault::held(Operation::Read));
  const TransportError error = times_out(request("GET", kShort));
  expect_words(error, "did not answer in time");
  EXPECT_TRUE(error.may_have_arrived);
  EXPECT_EQ(world_.counters().reads, 1U) << "a deadline is no reason to ask again";
}

TEST_F(HttpsTransportLimitsTest, AServerThatDripsIsLeftAtTheDeadline) {
  Fault drip = Fault::of(FaultKind::Drip, Operation::Read);
  drip.delay = 20ms;
  world_.inject(drip);
  expect_words(times_out(request("GET", kShort)), "did not answer in time");
}

TEST_F(HttpsTransportLimitsTest, AServerThatDripsFastEnoughIsHeardOut) {
  Fault drip = Fault::of(FaultKind::Drip, Operation::Read);
  drip.delay = 1ms;
  drip.bytes = 50;
  world_.inject(drip);
  EXPECT_EQ(status(request()), 200);
}

TEST_F(HttpsTransportLimitsTest, AMuteHandshakeEndsAtTheDeadline) {
  relay_->mute();
  times_out(request("PUT", kShort));
}

TEST_F(HttpsTransportLimitsTest, AMuteHandshakeEndsWithTheTimeForConnecting) {
  relay_->mute();
  wire_ = trusting(ca_->path(), kShort);
  const TransportError error = times_out(request("PUT"));
  expect_words(error, "took too long");
  EXPECT_FALSE(error.may_have_arrived);
}

TEST_F(HttpsTransportLimitsTest, AKeptConnectionHasANewDeadlineEachTime) {
  for (int i = 0; i < 3; ++i) {
    Fault slow = Fault::of(FaultKind::Slow, Operation::Read);
    slow.delay = 150ms;
    world_.inject(slow);
    EXPECT_EQ(status(request("GET", 20s)), 200);
  }
  EXPECT_EQ(relay_->accepted(), 1);
  world_.inject(Fault::held(Operation::Read));
  times_out(request("GET", kShort));
  EXPECT_EQ(status(request()), 200) << "on another connection than the one that hung";
  EXPECT_EQ(relay_->accepted(), 2);
}

TEST_F(HttpsTransportLimitsTest, AStopEndsARequestThatHangs) {
  world_.inject(Fault::held(Operation::Write));
  std::stop_source stop;
  const std::jthread stopper([&] {
    EXPECT_TRUE(world_.wait_for([&] { return world_.held() == 1; }));
    stop.request_stop();
  });
  const SystemClock clock;
  const SteadyTime start = clock.steady_now();
  const TransportError error = failed(request("PUT"), stop.get_token());
  EXPECT_EQ(error.kind, Kind::Stopped);
  EXPECT_TRUE(error.may_have_arrived);
  EXPECT_LT(clock.steady_now() - start, kAmple / 2);
}

TEST_F(HttpsTransportLimitsTest, AStopBeforehandSendsNothing) {
  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ(failed(request("PUT"), stop.get_token()).kind, Kind::Stopped);
  EXPECT_EQ(world_.counters().writes, 0U);
}

TEST_F(HttpsTransportLimitsTest, ACertificateOfAnotherCaIsNotTrusted) {
  armsim::Simulator other;
  ASSERT_TRUE(other.start());
  const TempFile other_ca(other.ca_pem());
  wire_ = trusting(other_ca.path());
  const TransportError error = failed(request());
  EXPECT_EQ(error.kind, Kind::Tls);
  EXPECT_FALSE(error.may_have_arrived);
  expect_words(error, "is not trusted (");
  expect_words(error, "set azure.endpoints.caFile");
}

TEST_F(HttpsTransportLimitsTest, TheSystemsCertificatesDoNotTrustThePrivateCa) {
  auto made = HttpsTransport::create({});
  if (!made) GTEST_SKIP() << made.error().message;
  wire_ = *std::move(made);
  expect_words(failed(request()), "is not trusted (");
}

TEST_F(HttpsTransportLimitsTest, ACertificateOfAnotherHostIsRefused) {
  TcpRelay elsewhere(world_.port(), "127.0.0.2");
  HttpRequest wrong = request();
  wrong.origin = {true, "127.0.0.2", elsewhere.port()};
  const TransportError error = failed(wrong);
  EXPECT_EQ(error.kind, Kind::Tls);
  EXPECT_NE(error.message.find("is for another host; check the name in azure.endpoints"),
            std::string::npos)
      << error.message;
}

TEST_F(HttpsTransportLimitsTest, ANameOfTheCertificateIsAccepted) {
  if (!resolves("localhost")) GTEST_SKIP() << "a minimal system without /etc/hosts knows no name";
  HttpRequest by_name = request();
  by_name.origin.host = "localhost";
  EXPECT_EQ(status(by_name), 200);
}

TEST_F(HttpsTransportLimitsTest, APlainPortIsNoTlsServer) {
  armsim::Simulator plain({.tls = armsim::Tls::None});
  ASSERT_TRUE(plain.start());
  HttpRequest wrong = request();
  wrong.origin.port = plain.port();
  const TransportError error = failed(wrong);
  EXPECT_EQ(error.kind, Kind::Tls);
  EXPECT_NE(error.message.find("is it an HTTPS port?"), std::string::npos) << error.message;
}

TEST_F(HttpsTransportLimitsTest, ATlsPortIsNoPlainServer) {
  HttpRequest wrong = request();
  wrong.origin.tls = false;
  EXPECT_EQ(failed(wrong).kind, Kind::Broken);
}

TEST_F(HttpsTransportLimitsTest, NobodyThereIsSaid) {
  HttpRequest nowhere = request();
  {
    const TcpRelay gone(1);
    nowhere.origin.port = gone.port();
  }
  const TransportError error = failed(nowhere);
  EXPECT_EQ(error.kind, Kind::Connect);
  EXPECT_FALSE(error.may_have_arrived);
  EXPECT_NE(error.message.find("cannot connect to https://127.0.0.1:"), std::string::npos);
}

TEST_F(HttpsTransportLimitsTest, TheVariablesOfOpensslNameCertificatesToTrust) {
  const auto works = [this](HttpsTransport::Options options) {
    auto made = HttpsTransport::create(std::move(options));
    if (!made) return made.error().message;
    wire_ = *std::move(made);
    const auto answer = wire_->send(request(), {});
    return answer ? std::to_string(answer->status) : answer.error().message;
  };
  const TempFolder roots;
  const TempFolder empty;
  std::filesystem::copy(ca_->path(), roots.path() + "/0a1b2c3d.0");
  std::ofstream(roots.path() + "/README") << "certificates";
  std::filesystem::create_directory(roots.path() + "/folder");
  EXPECT_EQ(works({.ssl_cert_file = ca_->path()}), "200");
  EXPECT_EQ(works({.ssl_cert_dir = roots.path()}), "200");
  EXPECT_EQ(works({.ssl_cert_dir = empty.path() + "::" + roots.path()}), "200");
  EXPECT_NE(works({.ssl_cert_dir = empty.path()}).find("not trusted"), std::string::npos);
  EXPECT_NE(works({.ssl_cert_file = "/nowhere/ca.pem"}).find("check SSL_CERT_FILE"),
            std::string::npos);
  EXPECT_NE(works({.ssl_cert_dir = "/nowhere"}).find("check SSL_CERT_DIR"), std::string::npos);
  EXPECT_EQ(works({.ca_file = ca_->path(), .ssl_cert_file = "/nowhere/ca.pem"}), "200")
      << "the setting takes precedence";
}

// With few descriptors the machine has its certificates, and reads none of them.
TEST(HttpsTransportCreate, SaysWhyTheCertificatesOfTheMachineCannotBeRead) {
#if defined(__SANITIZE_ADDRESS__)
  GTEST_SKIP() << "UndefinedBehaviorSanitizer opens a pipe to look at an object's type";
#endif
  if (!std::filesystem::exists("/etc/ssl/certs/ca-certificates.crt"))
    GTEST_SKIP() << "this machine has none";
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &before), 0);
  const rlimit none{0, before.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &none), 0);
  const auto made = HttpsTransport::create({});
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &before), 0);
  ASSERT_FALSE(made);
  EXPECT_THAT(made.error().message,
              testing::AllOf(
                  testing::HasSubstr("cannot read this machine's CA certificates /etc/ssl/certs/"),
                  testing::HasSubstr("too many files are open: raise the limit")));
}

struct CaCase {
  const char* description;
  std::string file;
  std::string message;
};

TEST(HttpsTransportCreate, SaysWhatIsWrongWithTheCaFile) {
  const TempFile empty("");
  const TempFile text("no certificate\n");
  const TempFile half("-----BEGIN CERTIFICATE-----\nMIIB\n");
  const std::vector<CaCase> cases{
      {"missing", "/nowhere/ca.pem",
       "cannot read the CA file /nowhere/ca.pem: no such file; check azure.endpoints.caFile"},
      {"empty", empty.path(), "contains no PEM certificate"},
      {"something else", text.path(), "contains no PEM certificate"},
      {"cut off", half.path(), "contains no PEM certificate"},
  };
  for (const CaCase& test : cases) {
    SCOPED_TRACE(test.description);
    auto made = HttpsTransport::create({.ca_file = test.file});
    ASSERT_FALSE(made);
    EXPECT_NE(made.error().message.find(test.message), std::string::npos) << made.error().message;
    EXPECT_NE(made.error().message.find(test.file), std::string::npos) << made.error().message;
  }
}

}  // namespace
}  // namespace defenderd
