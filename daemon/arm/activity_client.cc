#include "arm/activity_client.h"

#include <string_view>
#include <utility>

#include "arm/list_pages.h"
#include "base/scrub.h"
#include "base/text.h"
#include "base/time_text.h"
#include "net/json_document.h"

namespace defenderd {
namespace {

constexpr std::size_t kMaxEvents = 1000;
constexpr std::size_t kMaxText = 256;

constexpr std::string_view kObjectId =
    "http://schemas.microsoft.com/identity/claims/objectidentifier";
constexpr std::string_view kUpn = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn";

std::string path_of(SubscriptionId subscription) {
  return "/subscriptions/" + subscription.text() +
         "/providers/Microsoft.Insights/eventtypes/management/values";
}

std::string filter_of(const ActivityQuery& query) {
  std::string filter = "eventTimestamp ge '" + format_rfc3339(query.from) +
                       "' and eventTimestamp le '" + format_rfc3339(query.to) + "' and ";
  if (query.correlation_id.empty()) return filter + "resourceProvider eq 'Microsoft.Security'";
  // A GUID: anything else has no place in a filter.
  return filter + "correlationId eq '" + query.correlation_id + "'";
}

// The value of {"value": ..., "localizedValue": ...}.
std::string_view value_of(const JsonValue& event, std::string_view name) {
  return event.member(name).text_of("value");
}

bool is_of_interest(const JsonValue& event) {
  const std::string_view operation = value_of(event, "operationName");
  return iequals(operation, "Microsoft.Security/pricings/write") ||
         iequals(operation, "Microsoft.Resources/deployments/write");
}

std::string address_of(const JsonValue& event) {
  std::string_view address = event.member("httpRequest").text_of("clientIpAddress");
  if (address.empty()) address = event.member("claims").text_of("ipaddr");
  return foreign_text(address, kMaxText);
}

std::optional<ActivityEvent> read_event(const JsonValue& item, const TokenOwner& self,
                                        bool with_addresses) {
  const auto at = parse_rfc3339(item.text_of("eventTimestamp"));
  if (!at) return std::nullopt;
  const auto text = [](std::string_view foreign) { return foreign_text(foreign, kMaxText); };
  const JsonValue claims = item.member("claims");
  ActivityEvent event;
  event.at = *at;
  event.operation = text(value_of(item, "operationName"));
  event.resource_id = text(item.text_of("resourceId"));
  event.phase = text(value_of(item, "eventName"));
  event.status = text(value_of(item, "status"));
  event.correlation_id = text(item.text_of("correlationId"));
  event.caller = text(item.text_of("caller"));
  event.upn = text(claims.text_of(kUpn));
  event.name = text(claims.text_of("name"));
  event.app_id = text(claims.text_of("appid"));
  event.object_id = text(claims.text_of(kObjectId));
  if (with_addresses) event.address = address_of(item);
  event.is_own = !self.object_id.empty() && iequals(event.object_id, self.object_id);
  return event;
}

Failure asking(Failure failure) {
  if (failure.reason == Reason::Forbidden) {
    failure.message =
        "the identity may not read the activity log; grant it the action "
        "Microsoft.Insights/eventtypes/values/read, as in deploy/azure, or set "
        "azure.activityLog: off";
  }
  failure.message = "who changed a subscription is not known: " + failure.message;
  return failure;
}

bool is_guid(const std::string& text) { return SubscriptionId::parse(text).has_value(); }

}  // namespace

ActivityClient::ActivityClient(ArmClient& arm, Origin resource_manager)
    : arm_(arm), resource_manager_(std::move(resource_manager)) {}

ArmResult<std::vector<ActivityEvent>> ActivityClient::events(const ActivityQuery& query,
                                                             const std::stop_token& stop) {
  std::vector<ActivityEvent> events;
  if (!query.correlation_id.empty() && !is_guid(query.correlation_id)) return events;
  const auto self = arm_.own_identity(query.tenant, stop);
  if (!self) return Unexpected(asking(self.error()));
  const std::string path = path_of(query.subscription);
  ArmCall call;
  call.operation = ArmOperation::Activity;
  call.subscription = query.subscription;
  call.tenant = query.tenant;
  call.target = path + "?api-version=2015-04-01&$filter=" + percent_encode(filter_of(query));
  const auto take = [&](const JsonValue& item) {
    if (!is_of_interest(item)) return Taken::Yes;
    auto event = read_event(item, *self, query.with_addresses);
    if (!event) return Taken::Malformed;
    events.push_back(*std::move(event));
    return events.size() < kMaxEvents ? Taken::Yes : Taken::AndEnough;
  };
  const auto listed = list_pages(arm_, std::move(call),
                                 {.resource_manager = resource_manager_,
                                  .path = path,
                                  .name = "the activity log",
                                  .content = "a list of events"},
                                 take, stop);
  if (!listed) return Unexpected(asking(listed.error()));
  return events;
}

}  // namespace defenderd
