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
// The graph's documentation asks for less than 300 subscriptions in a query, but counts queries:
// fifteen in five seconds. It takes up to 1,000.
constexpr std::size_t kBatch = 1000;
constexpr std::size_t kMaxGroups = 32;       // Azure allows six levels below the root
constexpr std::size_t kMaxGroup = 4UL * 90;  // the name of one; Azure allows 90 characters

// A chain that is not wholly what is expected is not known: half of it would let its subscription
// leave the scopes of the other half.
class ChainRows : public GraphRows {
 public:
  void begin_row() override {
    id_.reset();
    has_resource_id_ = false;
    named_by_id_.reset();
    groups_.reset();
    odd_ = false;
  }
  void begin_list(Path path) override {
    if (!is_chain(path)) return;
    odd_ = odd_ || groups_;
    groups_.emplace();
  }
  void begin_object(Path path) override {
    if (is_chain(path)) named_ = false;
  }
  void end_object(Path path) override {
    if (is_chain(path)) odd_ = odd_ || !named_;
  }
  void value(Path path, const JsonScalar& scalar) override {
    if (is_chain(path)) odd_ = true;
    if (scalar.kind != JsonScalar::Kind::Text) return;
    if (path.size() == 1 && path[0] == "subscriptionId") id_ = SubscriptionId::parse(scalar.text);
    if (path.size() == 1 && path[0] == "id") {
      has_resource_id_ = true;
      named_by_id_ = subscription_of(scalar.text);
    }
    if (path.size() == 2 && path[0] == "chain" && path[1] == "name" && groups_) add(scalar.text);
  }
  void end_row() override {
    if (!id_) return;
    // A row whose two ids differ, and one of two rows of the same subscription, tell nothing that
    // can be believed.
    const bool is_whole = groups_ && !odd_ && (!has_resource_id_ || named_by_id_ == id_);
    const auto [place, is_first] = found_.try_emplace(*id_);
    if (is_whole && is_first)
      place->second = std::move(*groups_);
    else
      place->second.reset();
  }
  // nullptr where they are not known.
  std::vector<std::string>* groups_of(SubscriptionId id) {
    const auto found = found_.find(id);
    return found == found_.end() || !found->second ? nullptr : &*found->second;
  }

 private:
  // The list of the groups, or what stands in it.
  static bool is_chain(Path path) { return path.size() == 1 && path[0] == "chain"; }
  void add(std::string_view name) {
    odd_ = odd_ || groups_->size() >= kMaxGroups || name.size() > kMaxGroup;
    if (!odd_) groups_->emplace_back(name);
    named_ = true;
  }

  // "/subscriptions/{id}"
  static std::optional<SubscriptionId> subscription_of(std::string_view resource_id) {
    constexpr std::string_view kBefore = "/subscriptions/";
    if (!iequals(resource_id.substr(0, kBefore.size()), kBefore)) return std::nullopt;
    return SubscriptionId::parse(resource_id.substr(kBefore.size()));
  }

  std::optional<SubscriptionId> id_;
  bool has_resource_id_ = false;
  std::optional<SubscriptionId> named_by_id_;
  std::optional<std::vector<std::string>> groups_;
  bool named_ = false;  // the group that is being read
  bool odd_ = false;
  std::unordered_map<SubscriptionId, std::optional<std::vector<std::string>>> found_;
};

}  // namespace

ArmResult<Discovered> SubscriptionDiscovery::look(const std::optional<TenantId>& tenant,
                                                  bool groups, const std::stop_token& stop) {
  auto listed = list_.all(tenant, stop);
  if (!listed) return Unexpected(std::move(listed.error()));
  Discovered result;
  result.subscriptions.reserve(listed->size());
  for (ListedSubscription& one : *listed) {
    if (iequals(one.state, "Deleted")) continue;
    DiscoveredSubscription found;
    found.id = one.id;
    found.name = std::move(one.name);
    found.tenant = tenant;
    found.home = one.tenant;
    found.state = std::move(one.state);
    found.tags = std::move(one.tags);
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
    auto answer = graph_.query(query, rows, stop);
    if (!answer) {
      Failure failure = std::move(answer.error());
      failure.message =
          "the management groups of the subscriptions are not known, because Azure "
          "Resource Graph gives no answer: " +
          failure.message;
      return failure;
    }
  }
  for (DiscoveredSubscription& one : subscriptions) {
    if (auto* const groups = rows.groups_of(one.id)) one.management_groups = std::move(*groups);
  }
  return std::nullopt;
}

}  // namespace defenderd
