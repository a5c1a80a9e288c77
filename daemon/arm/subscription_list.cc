#include "arm/subscription_list.h"

#include <algorithm>
#include <map>
#include <utility>

#include "arm/list_pages.h"
#include "base/scrub.h"
#include "base/text.h"
#include "net/json_document.h"

namespace defenderd {
namespace {

// Source: azure-rest-api-specs, specification/resources/resource-manager/Microsoft.Resources/
// stable/2022-12-01/subscriptions.json.
constexpr std::string_view kPath = "/subscriptions?";
constexpr std::string_view kFirst = "/subscriptions?api-version=2022-12-01";
// No tenant has this many; an endless answer must stop somewhere.
constexpr std::size_t kMaxPages = 1000;
constexpr std::size_t kMaxSubscriptions = 100'000;
constexpr std::size_t kMaxTags = 200;  // ARM allows 50
// Four bytes for each of the characters that ARM allows.
constexpr std::size_t kMaxName = 4UL * 64;
constexpr std::size_t kMaxTagName = 4UL * 512;
constexpr std::size_t kMaxTagValue = 4UL * 256;
// Bytes of names and tags together, on average over the list, and for its first entries.
constexpr std::size_t kTypicalText = 4096;
constexpr std::size_t kFirstText = 1UL << 20U;
constexpr Duration kMaxTime = std::chrono::minutes(10);

struct Found {
  std::map<SubscriptionId, ListedSubscription> by_id;
  std::size_t text = 0;  // bytes of names and tags

  void add(ListedSubscription subscription) {
    text += subscription.name.size();
    for (const Tag& tag : subscription.tags) text += tag.name.size() + tag.value.size();
    const SubscriptionId id = subscription.id;
    by_id.emplace(id, std::move(subscription));
  }
  [[nodiscard]] bool is_endless() const {
    return by_id.size() > kMaxSubscriptions || text > kFirstText + by_id.size() * kTypicalText;
  }
};

// By name. Of several tags of one name the last counts.
std::vector<Tag> tags_of(const JsonValue& item) {
  std::map<std::string_view, JsonValue> by_name;
  for (const JsonMember& tag : item.member("tags").members()) by_name[tag.name] = tag.value;
  std::vector<Tag> tags;
  for (const auto& [name, value] : by_name) {
    const auto text = value.text();
    if (!text || tags.size() >= kMaxTags) continue;
    // Azure has none longer, and no scope can select it.
    if (name.size() <= kMaxTagName && text->size() <= kMaxTagValue)
      tags.push_back({std::string(name), std::string(*text)});
  }
  return tags;
}

// The tenants in managedByTenants: [{"tenantId": "..."}].
std::vector<TenantId> managers_of(const JsonValue& item) {
  constexpr std::size_t kMaxManagers = 16;
  std::vector<TenantId> managers;
  for (const JsonValue& manager : item.member("managedByTenants").items()) {
    const auto id = TenantId::parse(manager.text_of("tenantId"));
    if (id && managers.size() < kMaxManagers) managers.push_back(*id);
  }
  return managers;
}

// Whether the resource id, if present, names that subscription.
bool is_of(const JsonValue& item, SubscriptionId id) {
  const JsonValue resource_id = item.member("id");
  return resource_id.is_none() || resource_id.is_null() ||
         iequals(resource_id.text().value_or(""), "/subscriptions/" + id.text());
}

Taken take_into(Found& found, const JsonValue& item) {
  const auto id = SubscriptionId::parse(item.text_of("subscriptionId"));
  if (!id || !is_of(item, *id)) return Taken::Malformed;
  found.add({*id, foreign_text(item.text_of("displayName"), kMaxName),
             TenantId::parse(item.text_of("tenantId")), foreign_text(item.text_of("state"), 64),
             tags_of(item), managers_of(item)});
  return found.is_endless() ? Taken::TooMuch : Taken::Yes;
}

Failure listing(Failure failure) {
  failure.message = "listing the subscriptions failed: " + failure.message;
  return failure;
}

}  // namespace

SubscriptionList::SubscriptionList(ArmClient& arm, Origin resource_manager, Clock& clock)
    : arm_(arm), resource_manager_(std::move(resource_manager)), clock_(clock) {}

ArmResult<std::vector<ListedSubscription>> SubscriptionList::all(
    const std::optional<TenantId>& tenant, const std::stop_token& stop) {
  ArmCall call;
  call.operation = ArmOperation::List;
  call.tenant = tenant;
  call.target = kFirst;
  Found found;
  const auto listed = list_pages(
      arm_, std::move(call),
      {.resource_manager = resource_manager_,
       .path = std::string(kPath),
       .max_pages = kMaxPages,
       .patience = PagedList::Patience{clock_, clock_.steady_now() + kMaxTime},
       .name = "the list of subscriptions",
       .content = "a list of subscriptions, or gives a subscription two different ids"},
      [&](const JsonValue& item) { return take_into(found, item); }, stop);
  if (!listed) return Unexpected(listing(listed.error()));
  std::vector<ListedSubscription> result;
  result.reserve(found.by_id.size());
  for (auto& [id, subscription] : found.by_id) result.push_back(std::move(subscription));
  return result;
}

}  // namespace defenderd
