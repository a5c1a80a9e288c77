#include "arm/account_json.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/scrub.h"
#include "base/text.h"
#include "base/time_text.h"

namespace defenderd {
namespace {

constexpr std::size_t kMaxName = 128;
constexpr std::size_t kMaxId = 512;
constexpr std::size_t kMaxFilters = 200;

// What Azure allows in the names of resource groups and accounts, and what needs no encoding.
bool is_name(std::string_view name) {
  static constexpr std::string_view kMarks = "-_.()";
  return !name.empty() && name.size() <= 90 && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           kMarks.find(c) != std::string_view::npos;
  });
}

// Takes "/segment" from the front; "" if there is none.
std::string_view take_segment(std::string_view& id) {
  if (!id.starts_with('/')) return {};
  id.remove_prefix(1);
  const std::size_t end = std::min(id.find('/'), id.size());
  const std::string_view segment = id.substr(0, end);
  id.remove_prefix(end);
  return segment;
}

std::string text(std::string_view foreign, std::size_t max = kMaxName) {
  return foreign_text(foreign, max);
}

bool is_true(const JsonValue& value) {
  return value.boolean().value_or(false) || iequals(value.text().value_or(""), "true");
}

// Prompts reach Defender as text. An empty map says nothing.
std::optional<bool> chats(const JsonValue& capabilities) {
  constexpr std::array<std::string_view, 3> kOfText{"chatCompletion", "completion", "responses"};
  const auto members = capabilities.members();
  if (members.empty()) return std::nullopt;
  return std::any_of(members.begin(), members.end(), [&](const JsonMember& member) {
    return is_true(member.value) &&
           std::any_of(kOfText.begin(), kOfText.end(),
                       [&](std::string_view name) { return iequals(name, member.name); });
  });
}

}  // namespace

std::optional<AccountPlace> place_of_account(std::string_view resource_id) {
  if (resource_id.size() > kMaxId) return std::nullopt;
  std::string_view rest = resource_id;
  const bool starts = iequals(take_segment(rest), "subscriptions");
  const auto subscription = SubscriptionId::parse(take_segment(rest));
  const bool grouped = iequals(take_segment(rest), "resourceGroups");
  const std::string group(take_segment(rest));
  const bool provided = iequals(take_segment(rest), "providers") &&
                        iequals(take_segment(rest), "Microsoft.CognitiveServices") &&
                        iequals(take_segment(rest), "accounts");
  const std::string name(take_segment(rest));
  if (!starts || !subscription || !grouped || !provided || !is_name(group) || !is_name(name) ||
      !rest.empty())
    return std::nullopt;
  return AccountPlace{*subscription, "/subscriptions/" + subscription->text() + "/resourceGroups/" +
                                         group +
                                         "/providers/Microsoft.CognitiveServices/accounts/" + name};
}

std::optional<AiAccount> read_account(const JsonValue& item) {
  const std::string_view id = item.text_of("id");
  if (!is_ai_kind(item.text_of("kind")) || !place_of_account(id)) return std::nullopt;
  return AiAccount{text(id, kMaxId), text(item.text_of("name"))};
}

ModelDeployment read_deployment(const JsonValue& item) {
  const JsonValue properties = item.member("properties");
  const JsonValue model = properties.member("model");
  ModelDeployment deployment;
  deployment.name = text(item.text_of("name"));
  deployment.model = text(model.text_of("name"));
  deployment.format = text(model.text_of("format"));
  deployment.policy = text(properties.text_of("raiPolicyName"));
  deployment.provisioning = text(properties.text_of("provisioningState"));
  deployment.state = text(properties.text_of("deploymentState"));
  deployment.chats = chats(properties.member("capabilities"));
  deployment.modified = read_last_modified(item);
  return deployment;
}

ContentPolicy read_policy(const JsonValue& item) {
  ContentPolicy policy;
  policy.name = text(item.text_of("name"));
  for (const JsonValue& filter : item.member("properties").member("contentFilters").items()) {
    if (policy.filters.size() == kMaxFilters) break;
    policy.filters.push_back({text(filter.text_of("name")), text(filter.text_of("source")),
                              filter.member("enabled").boolean(),
                              filter.member("blocking").boolean()});
  }
  policy.modified = read_last_modified(item);
  return policy;
}

AccountSwitch read_switch_state(const JsonValue& setting) {
  const std::string_view state = setting.member("properties").text_of("state");
  if (iequals(state, "Enabled")) return AccountSwitch::On;
  return iequals(state, "Disabled") ? AccountSwitch::Off : AccountSwitch::Unknown;
}

LastModified read_last_modified(const JsonValue& resource) {
  const JsonValue data = resource.member("systemData");
  return {text(data.text_of("lastModifiedBy")), parse_rfc3339(data.text_of("lastModifiedAt"))};
}

}  // namespace defenderd
