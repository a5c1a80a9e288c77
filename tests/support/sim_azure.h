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

// The daemon's own client, as one process has it: connections, tokens and a request budget.
class SimClient {
 public:
  struct Options {
    Duration timeout = std::chrono::seconds(20);  // of a request
    Throttle::Rates rates = {1e6, 1e6};
    ArmObserver observer = {};
  };
  // Both outlive it. A failure to start ends the test program.
  SimClient(const armsim::Simulator& world, Clock& clock, Options options);

  [[nodiscard]] PlanStore& plans() { return *plans_; }
  [[nodiscard]] ArmClient& arm() { return *arm_; }
  [[nodiscard]] Throttle& throttle() { return throttle_; }

 private:
  std::unique_ptr<HttpsTransport> transport_;
  std::unique_ptr<SimTokens> source_;
  std::unique_ptr<TokenCache> tokens_;
  Throttle throttle_;
  std::unique_ptr<ArmClient> arm_;
  std::unique_ptr<PricingClient> plans_;
};

// The clock applies to schedules, budgets and tokens, including the simulator's; sockets use real
// time. A failure to start ends the test program.
class SimAzure {
 public:
  struct Options : SimClient::Options {
    armsim::Options simulator = {};
  };
  // The defaults, without TLS.
  static Options plain();
  explicit SimAzure(Clock& clock) : SimAzure(clock, Options()) {}
  SimAzure(Clock& clock, Options options);

  // Another client takes the place of the present one, as after a restart.
  void restart();

  // Adds the n-th subscription of builders.h, changed by `change`; returns its id.
  std::string add(unsigned n, const std::function<void(armsim::Subscription&)>& change = {});

  [[nodiscard]] armsim::Simulator& world() { return world_; }
  [[nodiscard]] PlanStore& plans() { return client_->plans(); }
  [[nodiscard]] ArmClient& arm() { return client_->arm(); }
  [[nodiscard]] Throttle& throttle() { return client_->throttle(); }

 private:
  Clock& clock_;
  const SimClient::Options options_;
  armsim::Simulator world_;
  std::unique_ptr<SimClient> client_;
};

}  // namespace defenderd
