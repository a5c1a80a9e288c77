#pragma once
// One Azure subscription as the simulator keeps it. Tests read and change these as plain values.
// (Every member has an initializer, so that {.id = ...} raises no warning.)

#include <map>
#include <string>
#include <vector>

#include "armsim/ai_account.h"
#include "armsim/behaviour.h"

namespace armsim {

enum class Registration { NotRegistered, Registering, Registered, Unregistered };

// What the caller's role allows: nothing, Microsoft.Security/pricings/read, or also /write.
enum class Access { None, Read, Write };

// A Defender plan ("pricing"). `properties` are read-only or unknown ones, merged over what a GET
// shows: a JSON object as text.
struct Plan {
  bool on = false;
  std::vector<Extension> extensions{};  // only of a plan that is on
  std::string sub_plan{};
  std::string enforce = "False";
  std::string enablement_time{};  // "" of one that is on = some time ago
  std::string properties{};
  bool operator==(const Plan&) const = default;

  // nullptr when the plan does not have it. Names compare without case.
  [[nodiscard]] const Extension* find(const std::string& name) const;
  // Sets or adds.
  void set(const std::string& name, bool enabled);
  [[nodiscard]] bool has_on(const std::string& name) const;
};

struct Subscription {
  std::string id{};      // a GUID; in lower case
  std::string name{};    // "" = made from the id
  std::string tenant{};  // "" = the simulator's first tenant
  // The tenants to which Azure Lighthouse delegates it: their tokens are as good as its own
  // tenant's.
  std::vector<std::string> managed_by{};
  // Conditional Access refuses every token with a claims challenge: the claims as JSON, "" for
  // none.
  std::string challenge{};
  std::string state = "Enabled";  // Enabled, Warned, PastDue, Disabled, Deleted
  Registration registration = Registration::Registered;
  int registering_polls = 0;  // while Registering: GETs until it is Registered; -1 = for ever
  Access access = Access::Write;
  bool may_register = true;       // with Access::Write: Microsoft.Security/register/action, too
  bool plan_offered = true;       // false: ARM does not know the name AI here
  bool locked = false;            // a ReadOnly lock: 409 ScopeLocked on writes
  bool denied_by_policy = false;  // 403 RequestDisallowedByPolicy on writes
  Plan plan{};                    // AI
  bool activity_readable = true;  // the caller's role has Microsoft.Insights/eventtypes/values/read
  bool in_graph = true;           // false: Resource Graph has no row of it
  std::map<std::string, std::string> tags{};
  std::vector<std::string> management_groups{};  // by name, the nearest first, without the root
  // Extensions that fail to be switched on, with the message: operationStatus Failed inside a 200.
  std::map<std::string, std::string> failing_extensions{};
  // Extensions that fail to be switched off, likewise.
  std::map<std::string, std::string> failing_disables{};
  // Extensions whose last operationStatus was Failed: kept by PUTs, shown by get_shows_failures.
  std::map<std::string, std::string> failed_extensions{};
  // Extensions that a PUT may not change or add, with the message of the 400.
  std::map<std::string, std::string> refused_extensions{};
  std::string refused_plan{};  // the message of the 400 to a PUT that changes the tier; "" for none
  // Other plans that were ever switched on, by name.
  std::map<std::string, Plan> other_plans{};
  std::vector<AiAccount> ai_accounts{};
  bool ai_registered = true;      // false: Microsoft.CognitiveServices never was, 409
  DeniedReads denied_ai_reads{};  // besides those of Behaviour
  bool operator==(const Subscription&) const = default;

  // Whether a token of that tenant reaches it.
  [[nodiscard]] bool is_in(const std::string& token_tenant) const;
  // The first account of that name, of any resource group; one that is not there throws
  // out_of_range.
  [[nodiscard]] AiAccount& account(const std::string& its_name);
  [[nodiscard]] const AiAccount& account(const std::string& its_name) const;
};

}  // namespace armsim
