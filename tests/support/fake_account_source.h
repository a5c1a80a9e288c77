#pragma once
// An AccountSource in memory.

#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "reconcile/account_source.h"
#include "support/builders.h"

namespace defenderd {

class FakeAccountSource final : public AccountSource {
 public:
  // The n-th account of a subscription.
  static AiAccount account(unsigned subscription, unsigned n) {
    const std::string name = "chat-" + std::to_string(n);
    return {"/subscriptions/" + guid(subscription) +
                "/resourceGroups/ai/providers/Microsoft.CognitiveServices/accounts/" + name,
            name};
  }
  void add(unsigned subscription, unsigned n, AccountSwitch defender = AccountSwitch::On) {
    InspectedAccount one;
    one.account = account(subscription, n);
    one.defender = defender;
    accounts[subscription_id(subscription)].push_back(std::move(one));
  }

  // The identity may not read the accounts of this one.
  void deny(unsigned subscription) { denied.insert(subscription_id(subscription)); }

  ArmResult<std::vector<OwnedAccount>> find(const std::optional<TenantId>& /*tenant*/,
                                            std::span<const SubscriptionId> subscriptions,
                                            const std::stop_token& /*stop*/) override {
    ++finds;
    if (throws) throw std::runtime_error("no memory");
    largest_batch = std::max(largest_batch, subscriptions.size());
    if (graph_failure) return Unexpected(*graph_failure);
    std::vector<OwnedAccount> found;
    for (const SubscriptionId id : subscriptions) {
      const auto own = accounts.find(id);
      if (own == accounts.end() || denied.contains(id)) continue;
      for (const InspectedAccount& one : own->second) found.push_back({id, one.account});
    }
    return found;
  }
  ArmResult<std::vector<AiAccount>> list(SubscriptionId subscription,
                                         const std::optional<TenantId>& /*tenant*/,
                                         const std::stop_token& /*stop*/) override {
    ++lists;
    if (list_failure) return Unexpected(*list_failure);
    if (denied.contains(subscription))
      return Unexpected(failure(Reason::Forbidden, NextTry::Slow, "grant it"));
    std::vector<AiAccount> found;
    for (const InspectedAccount& one : accounts[subscription]) found.push_back(one.account);
    return found;
  }
  ArmResult<InspectedAccount> inspect(SubscriptionId subscription,
                                      const std::optional<TenantId>& /*tenant*/,
                                      const AiAccount& account, bool content_filters,
                                      const std::stop_token& /*stop*/) override {
    ++inspections;
    if (on_inspect) on_inspect();
    if (throws) throw std::runtime_error("no memory");
    with_filters = content_filters;
    if (!failures.empty()) {
      const Failure failure = failures.front();
      failures.erase(failures.begin());
      return Unexpected(failure);
    }
    for (const InspectedAccount& one : accounts[subscription]) {
      if (one.account == account) return one;
    }
    Failure gone = failure(Reason::SubscriptionNotFound, NextTry::Slow);
    gone.http_status = 404;
    return Unexpected(gone);
  }
  ArmResult<bool> plan_is_on(SubscriptionId subscription, const std::optional<TenantId>& /*tenant*/,
                             std::string_view plan, const std::stop_token& /*stop*/) override {
    plans_read.push_back(subscription.text() + " " + std::string(plan));
    return plan_on;
  }

  std::map<SubscriptionId, std::vector<InspectedAccount>> accounts = {};
  std::optional<Failure> graph_failure = {};
  std::optional<Failure> list_failure = {};
  std::vector<Failure> failures = {};  // of the next inspections
  bool plan_on = false;
  bool throws = false;  // when it looks for accounts, and when it inspects one
  int finds = 0;
  int lists = 0;
  int inspections = 0;
  std::function<void()> on_inspect = {};
  std::set<SubscriptionId> denied = {};
  bool with_filters = false;
  std::size_t largest_batch = 0;
  std::vector<std::string> plans_read = {};
};

}  // namespace defenderd
