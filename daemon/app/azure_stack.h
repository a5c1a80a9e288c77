#pragma once
// Everything between the reconciler and Azure, created from the settings.

#include <memory>
#include <string>

#include "app/environment.h"
#include "arm/accounts_client.h"
#include "arm/activity_client.h"
#include "arm/arm_client.h"
#include "arm/graph_client.h"
#include "arm/graph_pricings.h"
#include "arm/pricing_client.h"
#include "arm/provider_registration.h"
#include "arm/subscription_discovery.h"
#include "arm/subscription_list.h"
#include "arm/throttle.h"
#include "base/clock.h"
#include "base/heartbeat.h"
#include "base/result.h"
#include "desired/settings.h"
#include "identity/credential_chain.h"
#include "identity/credential_expiry.h"
#include "identity/token_cache.h"

namespace defenderd {

// Owns its parts. Thread-safe once created.
class AzureStack {
 public:
  struct Observers {
    ArmObserver arm = {};
    TokenCache::Observer token = {};
    CredentialChain::Announcer credential = {};
    Heartbeats* heartbeats = nullptr;
  };
  // The Error says which setting or variable to fix: bad URL, unreadable CA file, no credential.
  // Nothing is sent, except to the machine's metadata service if no credential is set and no other
  // is left. The clock must outlive it.
  [[nodiscard]] static Result<std::unique_ptr<AzureStack>> create(const Settings& settings,
                                                                  const Environment& environment,
                                                                  Clock& clock,
                                                                  Observers observers);

  [[nodiscard]] PlanStore& plans() { return registering_; }
  [[nodiscard]] SubscriptionList& subscriptions() { return subscriptions_; }
  [[nodiscard]] SubscriptionSource& visible() { return discovery_; }
  [[nodiscard]] BulkStore& bulk() { return bulk_; }
  [[nodiscard]] ActivityLog& activity() { return activity_; }
  [[nodiscard]] AccountSource& accounts() { return accounts_; }
  [[nodiscard]] Throttle& throttle() { return throttle_; }
  void register_provider(bool enabled) { registering_.set_enabled(enabled); }
  // A person asks for an observation: neither a wait that ARM or the graph asked for nor the pause
  // after a failed request for a token delays it. At most every 30 seconds for a tenant.
  void try_again(const std::optional<TenantId>& tenant);
  void try_again();  // all tenants
  // Requests a token, also if one is cached, and nothing else.
  [[nodiscard]] ArmResult<Done> prove_credential(const std::optional<TenantId>& tenant,
                                                 const std::stop_token& stop);
  // For the log: endpoint and credential.
  [[nodiscard]] const std::string& description() const { return description_; }
  // Reads a file.
  [[nodiscard]] const ExpiryReader& credential_expiry() const { return credential_expiry_; }

 private:
  AzureStack(const Settings& settings, std::unique_ptr<Transport> transport,
             std::unique_ptr<TokenSource> source, ArmClient::Options arm, Clock& clock,
             Observers observers, std::string description, ExpiryReader credential_expiry);

  const std::unique_ptr<Transport> transport_;
  const std::unique_ptr<TokenSource> source_;
  TokenCache tokens_;
  Throttle throttle_;
  const Origin resource_manager_;
  ArmClient arm_;
  PricingClient plans_;
  SubscriptionList subscriptions_;
  GraphClient graph_;
  GraphPricings bulk_;
  SubscriptionDiscovery discovery_;
  ActivityClient activity_;
  AccountsClient accounts_;
  RegisteringStore registering_;
  const std::string description_;
  const ExpiryReader credential_expiry_;
};

}  // namespace defenderd
