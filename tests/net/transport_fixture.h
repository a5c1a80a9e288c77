#pragma once
// The real transport in front of the simulator over TLS, with a relay between them.

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>

#include "net/https_transport.h"
#include "support/sim_azure.h"
#include "support/tcp_relay.h"

namespace defenderd {

// Enough for this machine when nothing is wrong; tests that wait for the deadline set their own.
inline constexpr Duration kAmple = std::chrono::seconds(20);
inline constexpr Duration kShort = std::chrono::milliseconds(250);

class HttpsTransportTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(world_.start());
    world_.add({.id = id_});
    relay_ = std::make_unique<TcpRelay>(world_.port());
    ca_ = std::make_unique<TempFile>(world_.ca_pem());
    wire_ = trusting(ca_->path());
    ASSERT_NE(wire_, nullptr);
    authorize();
  }

  static std::unique_ptr<HttpsTransport> trusting(
      const std::string& ca_file, Duration connect_timeout = std::chrono::seconds(5)) {
    auto made = HttpsTransport::create({.ca_file = ca_file, .connect_timeout = connect_timeout});
    EXPECT_TRUE(made) << (made ? "" : made.error().message);
    return made ? *std::move(made) : nullptr;
  }

  // Through the relay.
  HttpRequest request(std::string method = "GET", Duration timeout = kAmple) const {
    HttpRequest request;
    request.origin = {true, "127.0.0.1", relay_->port()};
    request.method = std::move(method);
    request.target = "/subscriptions/" + id_ +
                     "/providers/Microsoft.Security/pricings/AI?api-version=2024-01-01";
    request.headers = {{"Authorization", authorization_}};
    if (request.method != "GET") {
      request.body = R"({"properties":{"pricingTier":"Free"}})";
      request.content_type = "application/json";
    }
    request.timeout = timeout;
    return request;
  }

  TransportError failed(const HttpRequest& request, std::stop_token stop = {}) const {
    auto answer = wire_->send(request, std::move(stop));
    EXPECT_FALSE(answer) << "answered " << (answer ? answer->status : 0);
    return answer ? TransportError() : answer.error();
  }

  int status(const HttpRequest& request) const {
    auto answer = wire_->send(request, {});
    EXPECT_TRUE(answer) << (answer ? "" : answer.error().message);
    return answer ? answer->status : 0;
  }

  // The failure's words name the server.
  void expect_words(const TransportError& error, const std::string& words) const {
    EXPECT_NE(error.message.find(words), std::string::npos) << error.message;
    EXPECT_NE(error.message.find("127.0.0.1:" + std::to_string(relay_->port())), std::string::npos)
        << error.message;
  }

  const std::string id_ = subscription_id(1).text();
  armsim::Simulator world_;
  std::unique_ptr<TcpRelay> relay_;
  std::unique_ptr<TempFile> ca_;
  std::unique_ptr<HttpsTransport> wire_;
  std::string authorization_;

 private:
  void authorize() {
    auto origin = Origin::parse(world_.base_url());
    ASSERT_TRUE(origin);
    const SystemClock clock;
    SimTokens tokens(*wire_, *origin, clock);
    auto token = tokens.fetch(std::nullopt, {});
    ASSERT_TRUE(token) << token.error().message;
    authorization_ = "Bearer " + token->value.reveal();
  }
};

}  // namespace defenderd
