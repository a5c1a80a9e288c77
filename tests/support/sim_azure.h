#pragma once
// The simulator with the daemon's own client in front of it, connected as in the daemon.

#include <filesystem>
#include <memory>
#include <optional>

#include "arm/arm_client.h"
#include "arm/pricing_client.h"
#include "arm/throttle.h"
#include "armsim/simulator.h"
#include "base/clock.h"
#include "identity/token_cache.h"
#include "net/https_transport.h"
#include "support/builders.h"

namespace defenderd {

// A file that is removed with it.
class TempFile {
 public:
  explicit TempFile(const std::string& content);
  TempFile(const TempFile&) = delete;
  TempFile& operator=(const TempFile&) = delete;
  ~TempFile();
  [[nodiscard]] std::string path() const { return (folder_ / "file").string(); }

 private:
  std::filesystem::path folder_;
};

// Requests tokens from the simulator's Entra, with its default client's secret.
class SimTokens final : public TokenSource {
 public:
  SimTokens(Transport& transport, Origin authority, const Clock& clock);
  ArmResult<AccessToken> fetch(const std::optional<TenantId>& tenant,
                               std::stop_token stop) override;

 private:
  Transport& transport_;
  const Origin authority_;
  const Clock& clock_;
};

// Always returns the same token: for a transport that is not the simulator's.
class FixedToken final : public TokenSource {
 public:
  ArmResult<AccessToken> fetch(const std::optional<TenantId>& /*tenant*/,
                               std::stop_token /*stop*/) override {
    return AccessToken{Secret("a-f1xed-token"), WallTime::max()};
  }
};

// The clock applies to schedules, budgets and tokens, including the simulator's; sockets use real
// time. A failure to start ends the test program.
class SimAzure {
 public:
  struct Options {
    armsim::Options simulator = {};
    Duration timeout = std::chrono::seconds(20);  // of a request
    Throttle::Rates rates = {1e6, 1e6};
    ArmObserver observer = {};
  };
  // The defaults, without TLS.
  static Options plain();
  explicit SimAzure(Clock& clock) : SimAzure(clock, Options()) {}
  SimAzure(Clock& clock, Options options);

  // Adds the n-th subscription of builders.h, changed by `change`; returns its id.
  std::string add(unsigned n, const std::function<void(armsim::Subscription&)>& change = {});

  [[nodiscard]] armsim::Simulator& world() { return world_; }
  [[nodiscard]] PlanStore& plans() { return *plans_; }
  [[nodiscard]] ArmClient& arm() { return *arm_; }
  [[nodiscard]] Throttle& throttle() { return throttle_; }

 private:
  armsim::Simulator world_;
  std::unique_ptr<HttpsTransport> transport_;
  std::unique_ptr<SimTokens> source_;
  std::unique_ptr<TokenCache> tokens_;
  Throttle throttle_;
  std::unique_ptr<ArmClient> arm_;
  std::unique_ptr<PricingClient> plans_;
};

}  // namespace defenderd
