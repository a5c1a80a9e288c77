#include "armsim/ai_change.h"

#include <algorithm>
#include <utility>

#include "armsim/ai_resource.h"
#include "armsim/arm_answer.h"
#include "base/text.h"

namespace armsim {
namespace {

using defenderd::iequals;

// Of the service's own application, "Microsoft Defender for AI".
constexpr const char* kDefenderApp = "de9a1f0c-0000-4000-8000-00000000a15e";

struct Modifier {
  std::string name;
  std::string type;
  std::string at;
};

Modifier modifier_of(const Caller& caller, TimePoint now) {
  const bool is_user = caller.kind == Caller::Kind::User;
  return {is_user ? caller.name : caller.app_id, is_user ? "User" : "Application",
          dotnet_time(now)};
}

void modify(SystemData& data, const Modifier& by) {
  data.last_modified_by = by.name;
  data.last_modified_by_type = by.type;
  data.last_modified_at = by.at;
}

template <class Item>
const Item* named(const std::vector<Item>& list, const std::string& name) {
  const auto found = std::find_if(list.begin(), list.end(),
                                  [&](const Item& item) { return iequals(item.name, name); });
  return found == list.end() ? nullptr : &*found;
}

// The account without what hangs on it.
AiAccount alone(const AiAccount& account) {
  AiAccount copy = account;
  copy.deployments.clear();
  copy.policies.clear();
  copy.defender = {};
  return copy;
}

class Changes {
 public:
  Changes(const Behaviour& behaviour, Modifier by) : behaviour_(behaviour), by_(std::move(by)) {}

  void compare(const Subscription& before, Subscription& after) {
    for (AiAccount& account : after.ai_accounts) {
      const AiAccount* const old =
          find_account(before.ai_accounts, account.resource_group, account.name);
      const std::string id = account_id({after.id, account, behaviour_});
      if (old == nullptr || alone(*old) != alone(account)) {
        note("accounts/write", id);
        stamp(account.system_data, old == nullptr ? nullptr : &old->system_data);
      }
      static const AiAccount none;
      compare_parts(id, "deployments", (old == nullptr ? none : *old).deployments,
                    account.deployments);
      compare_parts(id, "raiPolicies", (old == nullptr ? none : *old).policies, account.policies);
      if (old == nullptr || old->defender == account.defender) continue;
      note("accounts/defenderForAISettings/write", id + "/defenderForAISettings/Default");
      stamp(account.defender.system_data, &old->defender.system_data);
    }
    for (const AiAccount& account : before.ai_accounts) {
      if (find_account(after.ai_accounts, account.resource_group, account.name) == nullptr)
        note("accounts/delete", account_id({after.id, account, behaviour_}));
    }
  }

  std::vector<AiWrite> take() { return std::move(writes_); }

 private:
  void note(const std::string& action, std::string id) {
    writes_.push_back({std::string(kAiProvider) + "/" + action, std::move(id)});
  }

  void stamp(SystemData& data, const SystemData* old) {
    if (old != nullptr && *old != data) return;  // the change says it itself
    if (old == nullptr && data != SystemData()) return;
    modify(data, by_);
    if (old != nullptr) return;
    data.created_by = by_.name;
    data.created_by_type = by_.type;
    data.created_at = by_.at;
  }

  template <class Item>
  void compare_parts(const std::string& account, const std::string& type,
                     const std::vector<Item>& before, std::vector<Item>& after) {
    const auto note_part = [&](const std::string& verb, const std::string& name) {
      note("accounts/" + type + "/" + verb, account + "/" + type + "/" + name);
    };
    for (Item& item : after) {
      const Item* const old = named(before, item.name);
      if (old != nullptr && *old == item) continue;
      note_part("write", item.name);
      stamp(item.system_data, old == nullptr ? nullptr : &old->system_data);
    }
    for (const Item& item : before) {
      if (named(after, item.name) == nullptr) note_part("delete", item.name);
    }
  }

  const Behaviour& behaviour_;
  Modifier by_;
  std::vector<AiWrite> writes_;
};

}  // namespace

void follow_plan(Subscription& subscription, bool was_on, const Behaviour& behaviour,
                 TimePoint now) {
  if (!behaviour.setting_follows_plan || subscription.plan.on == was_on) return;
  const std::string state = subscription.plan.on ? "Enabled" : "Disabled";
  for (AiAccount& account : subscription.ai_accounts) {
    if (account.defender.state == state) continue;
    account.defender.state = state;
    modify(account.defender.system_data, {kDefenderApp, "Application", dotnet_time(now)});
  }
}

std::vector<AiWrite> stamp_changes(const Subscription& before, Subscription& after,
                                   const Caller& caller, const Behaviour& behaviour,
                                   TimePoint now) {
  if (caller.kind == Caller::Kind::Service || before.ai_accounts == after.ai_accounts) return {};
  Changes changes(behaviour, modifier_of(caller, now));
  changes.compare(before, after);
  return changes.take();
}

}  // namespace armsim
