#pragma once
// AI accounts by ARM and Azure Resource Graph.
//
// Sources: azure-rest-api-specs, specification/cognitiveservices/.../stable/2024-10-01 (the oldest
// version with content filters and the Defender setting) and 2025-12-01 (deployments with their
// state); Azure Resource Graph's table `resources`, which has accounts and nothing below them.

#include <functional>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "arm/arm_client.h"
#include "arm/graph_client.h"
#include "net/json_document.h"
#include "reconcile/account_source.h"

namespace defenderd {

class AccountsClient final : public AccountSource {
 public:
  // Both outlive it.
  AccountsClient(ArmClient& arm, GraphClient& graph, Origin resource_manager);

  ArmResult<std::vector<OwnedAccount>> find(const std::optional<TenantId>& tenant,
                                            std::span<const SubscriptionId> subscriptions,
                                            const std::stop_token& stop) override;
  ArmResult<std::vector<AiAccount>> list(SubscriptionId subscription,
                                         const std::optional<TenantId>& tenant,
                                         const std::stop_token& stop) override;
  ArmResult<InspectedAccount> inspect(SubscriptionId subscription,
                                      const std::optional<TenantId>& tenant,
                                      const AiAccount& account, bool content_filters,
                                      const std::stop_token& stop) override;
  ArmResult<bool> plan_is_on(SubscriptionId subscription, const std::optional<TenantId>& tenant,
                             std::string_view plan, const std::stop_token& stop) override;

 private:
  using Take = std::function<void(const JsonValue& item)>;
  // Every item of all pages of a list; an item whose id is not below `below` is a failure.
  ArmResult<Done> pages(ArmCall call, const std::string& path, std::string_view version,
                        std::string_view below, const Take& take, const std::stop_token& stop);
  ArmResult<Done> add_switch(const ArmCall& call, const std::string& path, InspectedAccount& to,
                             const std::stop_token& stop);
  ArmResult<Done> add_deployments(const ArmCall& call, const std::string& path,
                                  InspectedAccount& to, const std::stop_token& stop);

  ArmClient& arm_;
  GraphClient& graph_;
  const Origin resource_manager_;
};

}  // namespace defenderd
