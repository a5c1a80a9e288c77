#pragma once
// Where the inspector observes AI accounts.

#include <optional>
#include <span>
#include <stop_token>
#include <string_view>
#include <vector>

#include "core/ai_account.h"
#include "core/failure.h"
#include "core/ids.h"

namespace defenderd {

// What an identity needs to find accounts.
inline constexpr std::string_view kReadAccounts = "Microsoft.CognitiveServices/accounts/read";

struct OwnedAccount {
  SubscriptionId subscription;
  AiAccount account = {};
};

// All block, and are called by one thread at a time. A Failure that may pass is retried by the
// caller.
class AccountSource {
 public:
  AccountSource() = default;
  AccountSource(const AccountSource&) = delete;
  AccountSource& operator=(const AccountSource&) = delete;
  virtual ~AccountSource() = default;

  // The AI accounts of all these subscriptions, by one query.
  virtual ArmResult<std::vector<OwnedAccount>> find(const std::optional<TenantId>& tenant,
                                                    std::span<const SubscriptionId> subscriptions,
                                                    const std::stop_token& stop) = 0;
  // Those of one subscription. None where it never used such accounts.
  virtual ArmResult<std::vector<AiAccount>> list(SubscriptionId subscription,
                                                 const std::optional<TenantId>& tenant,
                                                 const std::stop_token& stop) = 0;
  // Its switch, and its deployments with their content filters if `content_filters`. What the
  // identity may not see is named in `denied`. A failure with status 404: it no longer exists.
  virtual ArmResult<InspectedAccount> inspect(SubscriptionId subscription,
                                              const std::optional<TenantId>& tenant,
                                              const AiAccount& account, bool content_filters,
                                              const std::stop_token& stop) = 0;
  // Whether a Defender plan is on, by its name in ARM.
  virtual ArmResult<bool> plan_is_on(SubscriptionId subscription,
                                     const std::optional<TenantId>& tenant, std::string_view plan,
                                     const std::stop_token& stop) = 0;
};

}  // namespace defenderd
