#pragma once
// The simulator's identity endpoints with the real transport in front of them. Time is a fake
// clock's, for both.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <memory>
#include <string>
#include <utility>

#include "identity/entra_client.h"
#include "net/https_transport.h"
#include "support/fake_clock.h"
#include "support/sim_azure.h"

namespace defenderd {

inline const TenantId kHome = *TenantId::parse(armsim::kTenant);
inline const TenantId kOther = *TenantId::parse("0e9d8c7b-6a5f-4e4d-8c3b-2a1a0f9e8d7c");
inline constexpr const char* kAudience = "https://management.azure.com";

class IdentityTest : public testing::Test {
 protected:
  IdentityTest() : IdentityTest(armsim::Options()) {}
  explicit IdentityTest(armsim::Options options) : world_(with_clock(std::move(options))) {}

  void SetUp() override {
    ASSERT_TRUE(world_.start());
    auto made = HttpsTransport::create({});
    ASSERT_TRUE(made) << made.error().message;
    wire_ = *std::move(made);
  }

  [[nodiscard]] Origin origin() const { return *Origin::parse(world_.base_url()); }

  [[nodiscard]] EntraOptions entra() const {
    EntraOptions options;
    options.authority = origin();
    options.audience = kAudience;
    options.default_tenant = kHome;
    options.client_id = std::string(armsim::kClientId);
    options.user_agent = "defenderd/test";
    return options;
  }

  // What was sent last.
  [[nodiscard]] armsim::LoggedRequest last() const {
    const auto requests = world_.requests();
    return requests.empty() ? armsim::LoggedRequest() : requests.back();
  }

  // True when ARM, which knows only tokens that the simulator gave out, takes this one.
  bool arm_takes(const AccessToken& token) {
    world_.add({.id = id_});
    HttpRequest request;
    request.origin = origin();
    request.target = "/subscriptions/" + id_ +
                     "/providers/Microsoft.Security/pricings/AI?api-version=2024-01-01";
    request.headers = {{"Authorization", "Bearer " + token.value.reveal()}};
    const auto answer = wire_->send(request, {});
    return answer && answer->status == 200;
  }

  static void write(const std::string& path, const std::string& content) {
    std::ofstream(path, std::ios::binary | std::ios::trunc) << content;
  }

  const std::string id_ = subscription_id(1).text();
  FakeClock clock_;
  armsim::Simulator world_;
  std::unique_ptr<HttpsTransport> wire_;

 private:
  armsim::Options with_clock(armsim::Options options) const {
    options.tls = armsim::Tls::None;
    options.tenants = {kHome.text(), kOther.text()};
    options.clock = &clock_;
    return options;
  }
};

}  // namespace defenderd
