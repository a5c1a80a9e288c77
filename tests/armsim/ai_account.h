#pragma once
// An AI account (Microsoft.CognitiveServices/accounts) and what hangs on it, as the simulator keeps
// them. Tests read and change these as plain values; an empty text is a member that Azure does not
// show. (Every member has an initializer, so that {.name = ...} raises no warning.)

#include <array>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace armsim {

// Who made a resource, and who changed it last.
struct SystemData {
  std::string created_by = "owner@contoso.com";
  std::string created_by_type = "User";  // User, Application, ManagedIdentity, Key
  std::string created_at = "2025-11-03T08:15:00.1234567Z";
  std::string last_modified_by = "owner@contoso.com";
  std::string last_modified_by_type = "User";
  std::string last_modified_at = "2025-11-03T08:15:00.1234567Z";
  bool operator==(const SystemData&) const = default;

  // A resource without systemData.
  static SystemData none() { return {"", "", "", "", "", ""}; }
};

// One filter of a policy. Clients spell names in several ways: "Indirect Attack",
// "indirect_attack".
struct ContentFilter {
  std::string name{};
  std::string source = "Prompt";  // Prompt, Completion, PreToolCall, ...
  std::optional<bool> enabled = true;
  std::optional<bool> blocking = true;
  std::string severity_threshold{};  // Low, Medium, High: of the four harm categories
  std::string action{};              // BLOCKING, ANNOTATING, ...: from api-version 2025-12-01 on
  bool operator==(const ContentFilter&) const = default;
};

// accounts/raiPolicies
struct RaiPolicy {
  std::string name{};
  std::string type = "UserManaged";  // SystemManaged
  std::string mode = "Default";      // Deferred, Blocking, Asynchronous_filter
  std::string base_policy = "Microsoft.DefaultV2";
  std::vector<ContentFilter> filters{};
  std::string etag{};        // "" = made from the rest
  std::string properties{};  // more of them, or others: a JSON object as text
  SystemData system_data{};
  bool operator==(const RaiPolicy&) const = default;
};

// accounts/deployments
struct Deployment {
  std::string name{};
  std::string sku = "GlobalStandard";
  int capacity = 50;
  std::string provisioning_state = "Succeeded";
  std::string deployment_state = "Running";  // Paused; from api-version 2025-12-01 on
  std::string model_format = "OpenAI";
  std::string model_name = "gpt-4.1";
  std::string model_version = "2025-04-14";
  std::string rai_policy = "Microsoft.DefaultV2";  // what the service fills in unasked
  std::map<std::string, std::string> capabilities = {{"chatCompletion", "true"}};
  std::string etag{};        // as above
  std::string properties{};  // as above
  SystemData system_data{};
  bool operator==(const Deployment&) const = default;
};

// accounts/defenderForAISettings/Default: every account has it from birth.
struct DefenderSetting {
  std::string state = "Enabled";  // Disabled
  std::string etag{};             // as above
  SystemData system_data{};
  bool operator==(const DefenderSetting&) const = default;
};

struct AiAccount {
  std::string resource_group = "ai";
  std::string name{};
  std::string kind = "AIServices";  // OpenAI, Face, ...
  std::string location = "swedencentral";
  std::string sku = "S0";
  std::string provisioning_state = "Succeeded";
  // "" is a capability without a value. ContentLogging "false" is modified abuse monitoring.
  std::map<std::string, std::string> capabilities = {{"VirtualNetworks", ""}};
  std::vector<Deployment> deployments{};
  // Microsoft.Default and Microsoft.DefaultV2 are there unasked; one of that name replaces it.
  std::vector<RaiPolicy> policies{};
  bool system_policies = true;  // false: they are not
  DefenderSetting defender{};
  bool gone = false;         // a list still shows it, and a read of it is answered 404
  std::string properties{};  // as above
  SystemData system_data{};
  bool operator==(const AiAccount&) const = default;

  // Each adds one of that name if there is none.
  Deployment& deployment(const std::string& name);
  RaiPolicy& policy(const std::string& name);
};

// nullptr if there is none. Azure compares both names without case.
[[nodiscard]] const AiAccount* find_account(const std::vector<AiAccount>& accounts,
                                            std::string_view resource_group, std::string_view name);

// Resource types that the caller's role may not read, of kAiTypes.
using DeniedReads = std::set<std::string>;
inline constexpr std::array<std::string_view, 4> kAiTypes{"accounts", "deployments", "raiPolicies",
                                                          "defenderForAISettings"};
// "none", "all", or a list like "deployments,raiPolicies"; nullopt if it is no such text.
[[nodiscard]] std::optional<DeniedReads> parse_denied_reads(std::string_view text);
[[nodiscard]] std::string to_text(const DeniedReads& denied);

}  // namespace armsim
