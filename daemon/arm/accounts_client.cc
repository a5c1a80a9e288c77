#include "arm/accounts_client.h"

#include <algorithm>
#include <unordered_set>
#include <utility>

#include "arm/account_json.h"
#include "arm/asked_resource.h"
#include "arm/list_pages.h"
#include "arm/pricing_id.h"
#include "base/text.h"
#include "core/plan_catalog.h"

namespace defenderd {
namespace {

constexpr std::string_view kVersion = "?api-version=2024-10-01";
// The first stable one that shows deploymentState: a deployment that is paused is not judged.
constexpr std::string_view kDeploymentsVersion = "?api-version=2025-12-01";
constexpr std::size_t kMaxItems = 2000;  // accounts, deployments or policies of one list
constexpr JsonLimits kLimits{.bytes = 8UL << 20U, .values = 500'000};
// A page that is lost costs a list of each of its subscriptions.
constexpr Duration kPatience = std::chrono::minutes(1);

constexpr std::string_view kQuery =
    "resources | where type =~ 'microsoft.cognitiveservices/accounts' and kind in~ "
    "('OpenAI','AIServices') | project id, subscriptionId, name, kind, location | order by id asc";

constexpr std::string_view kProvider = "Microsoft.CognitiveServices/";
constexpr std::string_view kReadDeployments = "accounts/deployments/read";
constexpr std::string_view kReadPolicies = "accounts/raiPolicies/read";
constexpr std::string_view kSwitch = "/defenderForAISettings/Default";
constexpr std::string_view kSwitchType =
    "Microsoft.CognitiveServices/accounts/defenderForAISettings";
constexpr std::string_view kReadSwitch = "accounts/defenderForAISettings/read";

Failure about_accounts(Failure failure) {
  if (failure.reason == Reason::Forbidden) {
    failure.message = "the identity may not read AI accounts; grant it the action " +
                      std::string(kReadAccounts) +
                      ", as in deploy/azure, or set findings.enabled: off";
    failure.next = NextTry::Slow;
  }
  return failure;
}

ArmCall call_for(SubscriptionId subscription, const std::optional<TenantId>& tenant) {
  ArmCall call;
  call.operation = ArmOperation::Inspect;
  call.subscription = subscription;
  call.tenant = tenant;
  return call;
}

// What the identity may not see is not a failure of the account.
bool note_denied(const Failure& failure, std::string_view action, InspectedAccount& account) {
  if (failure.reason != Reason::Forbidden) return false;
  if (account.denied.empty()) account.denied = std::string(kProvider) + std::string(action);
  return true;
}

// The policy decides, and who changed it last, except where the deployment chose none.
LastModified decided_by(const ModelDeployment& deployment,
                        const std::vector<ContentPolicy>& policies) {
  const ContentPolicy* const policy = find_policy(policies, deployment.policy);
  const bool says = policy != nullptr && !policy->modified.by.empty();
  return says ? policy->modified : deployment.modified;
}

}  // namespace

AccountsClient::AccountsClient(ArmClient& arm, GraphClient& graph, Origin resource_manager)
    : arm_(arm), graph_(graph), resource_manager_(std::move(resource_manager)) {}

ArmResult<std::vector<OwnedAccount>> AccountsClient::find(
    const std::optional<TenantId>& tenant, std::span<const SubscriptionId> subscriptions,
    const std::stop_token& stop) {
  GraphQuery query;
  query.tenant = tenant;
  query.text = std::string(kQuery);
  query.patience = kPatience;
  query.subscriptions.assign(subscriptions.begin(), subscriptions.end());
  const std::unordered_set<SubscriptionId> asked(subscriptions.begin(), subscriptions.end());
  std::vector<OwnedAccount> found;
  const auto answer = graph_.query(
      query,
      [&](const JsonValue& row) {
        auto account = read_account(row);
        if (!account) return;
        const auto place = place_of_account(account->id);
        if (place && asked.contains(place->subscription))
          found.push_back({place->subscription, *std::move(account)});
      },
      stop);
  if (!answer) return Unexpected(answer.error());
  return found;
}

ArmResult<std::vector<AiAccount>> AccountsClient::list(SubscriptionId subscription,
                                                       const std::optional<TenantId>& tenant,
                                                       const std::stop_token& stop) {
  std::vector<AiAccount> accounts;
  const std::string own = "/subscriptions/" + subscription.text();
  const std::string path = own + "/providers/Microsoft.CognitiveServices/accounts";
  const auto done = pages(
      call_for(subscription, tenant), path, kVersion, own,
      [&](const JsonValue& item) {
        auto account = read_account(item);
        const auto place = account ? place_of_account(account->id) : std::nullopt;
        if (place && place->subscription == subscription) accounts.push_back(*std::move(account));
      },
      stop);
  // A subscription that never used such accounts has not registered their provider.
  if (!done && done.error().reason == Reason::ProviderNotRegistered)
    return std::vector<AiAccount>();
  if (!done) return Unexpected(about_accounts(done.error()));
  return accounts;
}

ArmResult<InspectedAccount> AccountsClient::inspect(SubscriptionId subscription,
                                                    const std::optional<TenantId>& tenant,
                                                    const AiAccount& account, bool content_filters,
                                                    const std::stop_token& stop) {
  InspectedAccount result{.account = account};
  const auto place = place_of_account(account.id);
  if (!place || place->subscription != subscription) return result;
  const ArmCall call = call_for(subscription, tenant);
  if (auto done = add_switch(call, place->path, result, stop); !done) {
    const bool is_missing = done.error().http_status == 404 && content_filters;
    if (!is_missing) return Unexpected(std::move(done.error()));
  }
  if (!content_filters) return result;
  if (auto done = add_deployments(call, place->path, result, stop); !done)
    return Unexpected(std::move(done.error()));
  return result;
}

ArmResult<Done> AccountsClient::add_switch(const ArmCall& base, const std::string& path,
                                           InspectedAccount& to, const std::stop_token& stop) {
  ArmCall call = base;
  call.target = path + std::string(kSwitch) + std::string(kVersion);
  const auto answer = arm_.call(call, stop);
  if (!answer) {
    if (note_denied(answer.error(), kReadSwitch, to)) return Done{};
    return Unexpected(answer.error());
  }
  const auto document = JsonDocument::parse(answer->body, kLimits);
  if (!document || !document->root().is_object())
    return Unexpected(arm_.malformed(call, answer->trace, "the answer is not a setting"));
  const AskedResource asked(path + std::string(kSwitch), "Default", std::string(kSwitchType));
  if (const std::string why = asked.mismatch(document->root()); !why.empty())
    return Unexpected(arm_.malformed(call, answer->trace, why));
  to.defender = read_switch_state(document->root());
  to.switched = read_last_modified(document->root());
  return Done{};
}

ArmResult<Done> AccountsClient::add_deployments(const ArmCall& call, const std::string& path,
                                                InspectedAccount& to, const std::stop_token& stop) {
  std::vector<ModelDeployment> deployments;
  auto listed = pages(
      call, path + "/deployments", kDeploymentsVersion, path + "/deployments",
      [&](const JsonValue& item) { deployments.push_back(read_deployment(item)); }, stop);
  if (!listed && !note_denied(listed.error(), kReadDeployments, to))
    return Unexpected(std::move(listed.error()));
  if (deployments.empty()) return Done{};
  std::vector<ContentPolicy> policies;
  listed = pages(
      call, path + "/raiPolicies", kVersion, path + "/raiPolicies",
      [&](const JsonValue& item) { policies.push_back(read_policy(item)); }, stop);
  if (!listed && !note_denied(listed.error(), kReadPolicies, to))
    return Unexpected(std::move(listed.error()));
  to.deployments.reserve(deployments.size());
  for (const ModelDeployment& deployment : deployments) {
    const FilterVerdict verdict = judge(deployment, policies);
    to.deployments.push_back(
        {deployment.name, deployment.model, deployment.policy, verdict,
         verdict == FilterVerdict::OptedOut ? decided_by(deployment, policies) : LastModified()});
  }
  return Done{};
}

ArmResult<bool> AccountsClient::plan_is_on(SubscriptionId subscription,
                                           const std::optional<TenantId>& tenant,
                                           std::string_view plan, const std::stop_token& stop) {
  ArmCall call = call_for(subscription, tenant);
  const std::string id = "/subscriptions/" + subscription.text() +
                         "/providers/Microsoft.Security/pricings/" + std::string(plan);
  call.target = id + "?api-version=2024-01-01";
  const auto answer = arm_.call(call, stop);
  if (!answer) return Unexpected(answer.error());
  const auto document = JsonDocument::parse(answer->body, kLimits);
  const bool is_asked = document && iequals(document->root().text_of("name"), plan);
  if (!is_asked)
    return Unexpected(
        arm_.malformed(call, answer->trace, "the answer is not about the requested plan"));
  const AskedResource asked(id, std::string(plan), kPricingType);
  if (const std::string why = asked.mismatch(document->root()); !why.empty())
    return Unexpected(arm_.malformed(call, answer->trace, why));
  return iequals(document->root().member("properties").text_of("pricingTier"), "Standard");
}

ArmResult<Done> AccountsClient::pages(ArmCall call, const std::string& path,
                                      std::string_view version, std::string_view below,
                                      const Take& take, const std::stop_token& stop) {
  call.target = path + std::string(version);
  std::size_t items = 0;
  const auto take_some = [&](const JsonValue& item) {
    if (++items > kMaxItems) return Taken::AndEnough;
    take(item);
    return Taken::Yes;
  };
  return list_pages(
      arm_, std::move(call),
      {.resource_manager = resource_manager_, .path = path, .items_below = std::string(below)},
      take_some, stop);
}

}  // namespace defenderd
