#include "core/scope_resolution.h"

#include <algorithm>
#include <map>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "base/fold_case.h"
#include "base/text.h"
#include "core/diff.h"

namespace defenderd {
namespace {

constexpr std::size_t kMaxName = 256;  // bytes

std::string tag_key(const Tag& tag) { return "t" + fold_case(tag.name) + '\0' + tag.value; }
std::string group_key(std::string_view group) { return "g" + to_lower(group); }

// Finds the scopes that cover a subscription without checking all of them.
class ScopeIndex {
 public:
  explicit ScopeIndex(const std::vector<Scope>& scopes) : scopes_(scopes) {
    for (std::size_t i = 0; i < scopes.size(); ++i) {
      const Scope& scope = scopes[i];
      excluded_.insert(scope.exclude.begin(), scope.exclude.end());
      if (!scope.management_group.empty()) {
        by_key_[group_key(scope.management_group)].push_back(i);
      } else if (!scope.tags.empty()) {
        by_key_[tag_key(scope.tags.front())].push_back(i);
      } else {
        by_key_[""].push_back(i);
      }
    }
  }

  // In the order of the files, without duplicates.
  void add_matching(const DiscoveredSubscription& subscription,
                    std::vector<std::size_t>& found) const {
    add(subscription, "", found);
    for (const Tag& tag : subscription.tags) add(subscription, tag_key(tag), found);
    if (subscription.management_groups) {
      for (const std::string& group : *subscription.management_groups) {
        add(subscription, group_key(group), found);
      }
    }
    std::sort(found.begin(), found.end());
    found.erase(std::unique(found.begin(), found.end()), found.end());
  }

  [[nodiscard]] bool excludes(SubscriptionId id) const { return excluded_.contains(id); }

 private:
  void add(const DiscoveredSubscription& subscription, const std::string& key,
           std::vector<std::size_t>& found) const {
    const auto candidates = by_key_.find(key);
    if (candidates == by_key_.end()) return;
    for (const std::size_t i : candidates->second) {
      if (matches(scopes_[i], subscription)) found.push_back(i);
    }
  }

  const std::vector<Scope>& scopes_;
  std::unordered_map<std::string, std::vector<std::size_t>> by_key_;
  std::unordered_set<SubscriptionId> excluded_;
};

class Resolver {
 public:
  explicit Resolver(const DesiredState& declared) : declared_(declared), index_(declared.scopes) {
    entries_.reserve(declared.subscriptions.size());
    for (const DesiredSubscription& entry : declared.subscriptions)
      entries_.emplace(entry.id, entries_.size());
    for (const Scope& scope : declared.scopes) {
      texts_.push_back(text_of(scope));
      result_.scopes.push_back({scope.name.empty() ? scope.declares.source : scope.name,
                                texts_.back(), scope.declares.tenant,
                                !scope.management_group.empty()});
    }
    result_.effective.subscriptions = declared.subscriptions;
    result_.effective.hash = declared.hash;
    result_.effective.commit = declared.commit;
  }

  // What applies to one subscription, visible in one or several tenants.
  void take(const DiscoveredSubscription* const* begin, const DiscoveredSubscription* const* end) {
    const DiscoveredSubscription& seen = **begin;
    if (iequals(seen.state, "Deleted")) return;
    ++result_.visible;
    std::vector<std::size_t> found;
    for (const auto* it = begin; it != end; ++it) index_.add_matching(**it, found);
    for (const std::size_t scope : found) ++result_.scopes[scope].subscriptions;
    if (const auto entry = entries_.find(seen.id); entry != entries_.end())
      return add_owners(result_.effective.subscriptions[entry->second], found);
    if (!takes_writes(seen.state)) {
      leave(seen, Uncovered::NotEnabled);
    } else if (found.empty()) {
      leave(seen, Uncovered::NotDeclared);
    } else if (agree(found, seen.id)) {
      cover(seen, found);
    } else {
      leave(seen, Uncovered::ScopesDisagree);
    }
  }

  Resolution finish() {
    for (auto& [pair, conflict] : conflicts_) result_.conflicts.push_back(std::move(conflict));
    return std::move(result_);
  }

 private:
  void leave(const DiscoveredSubscription& seen, Uncovered why) {
    if (why != Uncovered::ScopesDisagree && index_.excludes(seen.id)) return;
    result_.uncovered.push_back({seen.id, printable(seen.name, kMaxName), seen.home,
                                 printable(seen.state, 32), why, seen.tenant});
  }

  void cover(const DiscoveredSubscription& seen, const std::vector<std::size_t>& scopes) {
    const std::size_t scope = scopes.front();
    DesiredSubscription covered = declared_.scopes[scope].declares;
    covered.other_owners = owners_besides(covered.owner, scopes);
    covered.id = seen.id;
    covered.name = printable(seen.name, kMaxName);
    covered.source = texts_[scope];
    result_.effective.subscriptions.emplace_back(std::move(covered));
    ++result_.covered;
  }

  // An entry decides about everything else.
  void add_owners(Declaration& entry, const std::vector<std::size_t>& scopes) const {
    auto others = owners_besides(entry->owner, scopes);
    if (!others) return;
    DesiredSubscription owned = *entry;
    owned.other_owners = *std::move(others);
    entry = std::move(owned);
  }

  // Those of the scopes that cover a subscription, without its own one.
  [[nodiscard]] std::optional<std::vector<std::string>> owners_besides(
      const std::string& owner, const std::vector<std::size_t>& scopes) const {
    std::vector<std::string> others;
    for (const std::size_t scope : scopes) {
      const std::string& other = declared_.scopes[scope].declares.owner;
      if (other.empty() || other == owner) continue;
      if (std::find(others.begin(), others.end(), other) == others.end()) others.push_back(other);
    }
    return others.empty() ? std::nullopt : std::optional(std::move(others));
  }

  bool agree(const std::vector<std::size_t>& found, SubscriptionId id) {
    bool all = true;
    for (auto other = found.begin() + 1; other != found.end(); ++other) {
      const std::pair<std::size_t, std::size_t> pair{found.front(), *other};
      const auto [known, is_new] = disagreements_.try_emplace(pair);
      if (is_new) {
        known->second = disagreements(declared_.scopes[pair.first].declares,
                                      declared_.scopes[pair.second].declares);
      }
      if (known->second.empty()) continue;
      all = false;
      ScopeConflict& conflict = conflicts_[pair];
      conflict.first = texts_[pair.first];
      conflict.second = texts_[pair.second];
      conflict.keys = known->second;
      conflict.subscriptions.push_back(id);
    }
    return all;
  }

  const DesiredState& declared_;
  const ScopeIndex index_;
  std::unordered_map<SubscriptionId, std::size_t> entries_;  // and their places
  std::vector<std::string> texts_;                           // one per scope
  std::map<std::pair<std::size_t, std::size_t>, std::vector<std::string>> disagreements_;
  std::map<std::pair<std::size_t, std::size_t>, ScopeConflict> conflicts_;
  Resolution result_;
};

void append_item(std::string& list, std::string_view item) {
  if (!list.empty()) list += ", ";
  list += item;
}

}  // namespace

std::vector<std::string> disagreements(const DesiredSubscription& a, const DesiredSubscription& b) {
  std::vector<std::string> keys;
  const auto compare = [&](const char* key, bool same) {
    if (!same) keys.emplace_back(key);
  };
  compare("plan", a.plan == b.plan);
  std::map<std::string, std::pair<std::optional<bool>, std::optional<bool>>> extensions;
  for (const DesiredExtension& extension : a.extensions)
    extensions[to_lower(extension.name)].first = extension.on;
  for (const DesiredExtension& extension : b.extensions)
    extensions[to_lower(extension.name)].second = extension.on;
  if (a.plan == b.plan) {
    for (const auto& [name, on] : extensions) {
      if (on.first == on.second) continue;
      const auto& from = on.first ? a.extensions : b.extensions;
      const auto named = std::find_if(
          from.begin(), from.end(),
          [&, &wanted = name](const auto& candidate) { return iequals(candidate.name, wanted); });
      keys.push_back(Field::extension(kDeclaredPlan, named->name).text());
    }
  }
  compare("mode", a.mode == b.mode);
  compare("unnamedExtensions", a.unnamed_extensions == b.unnamed_extensions);
  compare("suspend", a.suspend.has_value() == b.suspend.has_value() &&
                         (!a.suspend || a.suspend->until == b.suspend->until));
  compare("interval", a.interval == b.interval);
  compare("tenantId", a.tenant == b.tenant);
  return keys;
}

std::string text_of(const ScopeConflict& conflict) {
  constexpr std::size_t kNamed = 3;
  const std::size_t count = conflict.subscriptions.size();
  std::string ids;
  for (std::size_t i = 0; i < std::min(count, kNamed); ++i) {
    append_item(ids, conflict.subscriptions[i].text());
  }
  if (count > kNamed) ids += " and " + std::to_string(count - kNamed) + " more";
  std::string keys;
  for (const std::string& key : conflict.keys) append_item(keys, key);
  return conflict.first + " and " + conflict.second + " disagree about " + printable(keys, 256) +
         " of " + (count == 1 ? "the subscription " : "the subscriptions ") + ids + ", which " +
         (count == 1 ? "is left as it is" : "are left as they are") +
         "; make the scopes agree, exclude the subscription from one of them, or add an entry "
         "under "
         "subscriptions";
}

Resolution resolve(const DesiredState& declared,
                   const std::vector<DiscoveredSubscription>& discovered) {
  std::vector<const DiscoveredSubscription*> seen;
  seen.reserve(discovered.size());
  for (const DiscoveredSubscription& subscription : discovered) seen.push_back(&subscription);
  std::sort(seen.begin(), seen.end(), [](const auto* a, const auto* b) {
    return std::tie(a->id, a->tenant) < std::tie(b->id, b->tenant);
  });
  Resolver resolver(declared);
  for (std::size_t first = 0; first < seen.size();) {
    std::size_t last = first + 1;
    while (last < seen.size() && seen[last]->id == seen[first]->id) ++last;
    resolver.take(seen.data() + first, seen.data() + last);
    first = last;
  }
  return resolver.finish();
}

}  // namespace defenderd
