#include "arm/subscription_discovery.h"

#include <algorithm>
#include <string>
#include <unordered_map>
#include <utility>

#include "base/text.h"

namespace defenderd {
namespace {

constexpr std::string_view kQuery =
    "resourcecontainers | where type =~ 'microsoft.resources/subscriptions' | project id, "
    "subscriptionId, chain=properties.managementGroupAncestorsChain | order by id asc";
// The graph's documentation asks for fewer than 300 subscriptions in a query, but counts queries:
// fifteen in five seconds. It takes up to 1,000.
constexpr std::size_t kBatch = 1000;
constexpr std::size_t kMaxGroups = 32;       // Azure allows six levels below the root
constexpr std::size_t kMaxGroup = 4UL * 90;  // the name of one; Azure allows 90 characters

// The name of a management group; nullopt if it is not one.
std::optional<std::string> group_of(const JsonValue& group) {
  const auto name = group.member("name").text();
  if (!name || name->size() > kMaxGroup) return std::nullopt;
  return std::string(*name);
}

// The groups above a subscription. A chain with an unexpected part is unknown: half of it would let
// its subscription leave the scopes of the other half.
std::optional<std::vector<std::string>> chain_of(const JsonValue& row) {
  JsonValue chain;
  for (const JsonMember& member : row.members()) {
    if (member.name != "chain") continue;
    if (!chain.is_none()) return std::nullopt;
    chain = member.value;
  }
  const std::vector<JsonValue> groups = chain.items();
  if (!chain.is_list() || groups.size() > kMaxGroups) return std::nullopt;
  std::vector<std::string> names;
  for (const JsonValue& group : groups) {
    auto name = group_of(group);
    if (!name) return std::nullopt;
    names.push_back(*std::move(name));
  }
  return names;
}

// Whether the resource id, if present, names that subscription: "/subscriptions/{id}".
bool is_named_by(const JsonValue& resource_id, SubscriptionId id) {
  const auto text = resource_id.text();
  return !text || iequals(*text, "/subscriptions/" + id.text());
}

// The management groups of each subscription that the graph shows.
class ChainRows {
 public:
  void take(const JsonValue& row) {
    const auto id = SubscriptionId::parse(row.text_of("subscriptionId"));
    if (!id) return;
    auto groups = chain_of(row);
    // A row whose two ids differ is not trusted, and neither is one of two rows of a subscription.
    if (!is_named_by(row.member("id"), *id)) groups.reset();
    const auto [place, is_first] = found_.try_emplace(*id, std::move(groups));
    if (!is_first) place->second.reset();
  }
  // nullptr if they are unknown.
  std::vector<std::string>* groups_of(SubscriptionId id) {
    const auto found = found_.find(id);
    return found == found_.end() || !found->second ? nullptr : &*found->second;
  }

 private:
  std::unordered_map<SubscriptionId, std::optional<std::vector<std::string>>> found_;
};

}  // namespace

ArmResult<Discovered> SubscriptionDiscovery::list(const std::optional<TenantId>& tenant,
                                                  bool groups, const std::stop_token& stop) {
  auto listed = list_.all(tenant, stop);
  if (!listed) return Unexpected(std::move(listed.error()));
  Discovered result;
  result.subscriptions.reserve(listed->size());
  for (ListedSubscription& entry : *listed) {
    if (iequals(entry.state, "Deleted")) continue;
    DiscoveredSubscription found;
    found.id = entry.id;
    found.name = std::move(entry.name);
    found.tenant = tenant;
    found.home = entry.tenant;
    found.state = std::move(entry.state);
    found.tags = std::move(entry.tags);
    result.subscriptions.push_back(std::move(found));
  }
  if (groups) result.groups_failed = add_groups(tenant, result.subscriptions, stop);
  return result;
}

std::optional<Failure> SubscriptionDiscovery::add_groups(
    const std::optional<TenantId>& tenant, std::vector<DiscoveredSubscription>& subscriptions,
    const std::stop_token& stop) {
  ChainRows rows;
  for (std::size_t first = 0; first < subscriptions.size(); first += kBatch) {
    GraphQuery query;
    query.tenant = tenant;
    query.text = kQuery;
    const std::size_t last = std::min(first + kBatch, subscriptions.size());
    for (std::size_t i = first; i < last; ++i) query.subscriptions.push_back(subscriptions[i].id);
    auto answer = graph_.query(
        query, [&rows](const JsonValue& row) { rows.take(row); }, stop);
    if (!answer) {
      Failure failure = std::move(answer.error());
      failure.message =
          "the management groups of the subscriptions are not known, because Azure Resource Graph "
          "returns no answer: " +
          failure.message;
      return failure;
    }
  }
  for (DiscoveredSubscription& subscription : subscriptions) {
    if (auto* const groups = rows.groups_of(subscription.id))
      subscription.management_groups = std::move(*groups);
  }
  return std::nullopt;
}

}  // namespace defenderd
