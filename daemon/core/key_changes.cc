#include "core/key_changes.h"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <string_view>
#include <utility>

#include "base/time_text.h"
#include "core/diff.h"

namespace defenderd {
namespace {

// A key with its value. Several of a list have the same key.
struct Fact {
  int rank;  // its place in the reference
  std::string key;
  std::string value;
  bool is_switch = false;
  bool is_item = false;
};

std::string text_of(const Suspension& suspension) {
  std::string text = "until " + format_rfc3339(suspension.until);
  if (!suspension.reason.empty()) text += ": " + suspension.reason;
  if (!suspension.by.empty()) text += " (" + suspension.by + ")";
  return text;
}

std::string text_of(const AcceptedFinding& accepted) {
  std::string text(to_text(accepted.finding));
  if (!accepted.resource.empty()) text += " of " + accepted.resource;
  return text + " until " + format_rfc3339(accepted.until) + ": " + accepted.reason;
}

std::vector<Fact> facts_of(const DesiredSubscription& declared) {
  std::vector<Fact> facts;
  int rank = 0;
  const auto add = [&](std::string_view key, std::string value) {
    ++rank;
    if (!value.empty()) facts.push_back({rank, std::string(key), std::move(value)});
  };
  const auto add_switch = [&](std::string key, bool on) {
    facts.push_back({rank, std::move(key), std::string(on_off(on)), true});
  };
  add("name", declared.name);
  add("tenantId", declared.tenant ? declared.tenant->text() : "");
  ++rank;
  add_switch(Field::plan(kDeclaredPlan).text(), declared.plan);
  ++rank;
  for (const DesiredExtension& extension : declared.extensions)
    add_switch(Field::extension(kDeclaredPlan, extension.name).text(), extension.on);
  add(kModeKey, std::string(to_text(declared.mode)));
  add("unnamedExtensions", declared.unnamed_extensions == UnnamedExtensions::Off ? "off" : "leave");
  facts.back().is_switch = true;
  add(kWaveKey, std::to_string(declared.wave));
  add("suspend", declared.suspend ? text_of(*declared.suspend) : "");
  ++rank;
  if (declared.accepted) {
    for (const AcceptedFinding& accepted : *declared.accepted)
      facts.push_back({rank, "findings.accept", text_of(accepted), false, true});
  }
  add("interval", declared.interval ? format_duration(*declared.interval) : "");
  add("reason", declared.reason);
  add("owner", declared.owner);
  return facts;
}

const Fact* find(const std::vector<Fact>& facts, const Fact& wanted) {
  const auto found = std::find_if(facts.begin(), facts.end(), [&](const Fact& fact) {
    return fact.rank == wanted.rank && fact.key == wanted.key &&
           (!wanted.is_item || fact.value == wanted.value);
  });
  return found == facts.end() ? nullptr : &*found;
}

bool says_off(const Fact& fact) { return fact.is_switch && fact.value == on_off(false); }

// An extension is no longer named: it is declared like all others, or not at all.
KeyChange unnamed(const Fact& fact, const DesiredSubscription* after) {
  const bool is_declared = after != nullptr && after->unnamed_extensions == UnnamedExtensions::Off;
  return {fact.key, fact.value, std::nullopt, fact.is_switch && is_declared && !says_off(fact),
          fact.is_switch && !is_declared};
}

KeyChange changed(const Fact& before, const Fact& after) {
  const bool all_others = says_off(before) && !says_off(after) && after.value != on_off(true);
  return {before.key, before.value, after.value, says_off(after), all_others};
}

}  // namespace

std::vector<KeyChange> key_changes(const DesiredSubscription* before,
                                   const DesiredSubscription* after) {
  const std::vector<Fact> old_facts = before == nullptr ? std::vector<Fact>() : facts_of(*before);
  const std::vector<Fact> new_facts = after == nullptr ? std::vector<Fact>() : facts_of(*after);
  std::vector<std::pair<int, KeyChange>> ranked;
  for (const Fact& fact : old_facts) {
    const Fact* const now = find(new_facts, fact);
    if (now == nullptr) {
      ranked.emplace_back(fact.rank, unnamed(fact, after));
    } else if (now->value != fact.value) {
      ranked.emplace_back(fact.rank, changed(fact, *now));
    }
  }
  for (const Fact& fact : new_facts) {
    if (find(old_facts, fact) == nullptr)
      ranked.push_back({fact.rank, {fact.key, std::nullopt, fact.value, says_off(fact)}});
  }
  std::stable_sort(ranked.begin(), ranked.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<KeyChange> changes;
  changes.reserve(ranked.size());
  for (auto& [rank, change] : ranked) changes.push_back(std::move(change));
  return changes;
}

std::vector<KeyChange> key_changes(const Scope* before, const Scope* after) {
  const auto declares = [](const Scope* scope) {
    DesiredSubscription declared = scope->declares;
    declared.name = scope->name;
    return declared;
  };
  const auto was = before == nullptr ? DesiredSubscription() : declares(before);
  const auto is = after == nullptr ? DesiredSubscription() : declares(after);
  std::vector<KeyChange> changes =
      key_changes(before == nullptr ? nullptr : &was, after == nullptr ? nullptr : &is);
  // Both lists are sorted, and may have thousands of ids.
  const std::vector<SubscriptionId> none;
  const auto& old_ids = before == nullptr ? none : before->exclude;
  const auto& new_ids = after == nullptr ? none : after->exclude;
  std::vector<SubscriptionId> ids;
  std::set_difference(old_ids.begin(), old_ids.end(), new_ids.begin(), new_ids.end(),
                      std::back_inserter(ids));
  for (const SubscriptionId id : ids)
    changes.push_back({std::string(kExcludeKey), id.text(), std::nullopt});
  ids.clear();
  std::set_difference(new_ids.begin(), new_ids.end(), old_ids.begin(), old_ids.end(),
                      std::back_inserter(ids));
  for (const SubscriptionId id : ids)
    changes.push_back({std::string(kExcludeKey), std::nullopt, id.text()});
  return changes;
}

}  // namespace defenderd
