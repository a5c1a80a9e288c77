#include "core/scope_overlap.h"

#include <algorithm>
#include <optional>
#include <set>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "base/fold_case.h"
#include "base/text.h"
#include "core/scope_resolution.h"

namespace defenderd {
namespace {

// What a scope selects, in a form in which thousands can be compared.
struct Selection {
  explicit Selection(const Scope& scope)
      : source(&scope), management_group(to_lower(scope.management_group)) {
    tags.reserve(scope.tags.size());
    for (const Tag& tag : scope.tags) tags.push_back(fold_case(tag.name) + '\0' + tag.value);
    std::sort(tags.begin(), tags.end());
  }

  [[nodiscard]] bool contains(const Selection& other) const {
    const auto& excluded = source->exclude;
    const auto& others = other.source->exclude;
    return source->declares.tenant == other.source->declares.tenant &&
           (management_group.empty() || management_group == other.management_group) &&
           std::includes(other.tags.begin(), other.tags.end(), tags.begin(), tags.end()) &&
           std::includes(others.begin(), others.end(), excluded.begin(), excluded.end());
  }

  const Scope* source;
  std::string management_group;
  std::vector<std::string> tags;
};

// Finds the scopes that may contain another one without comparing all of them.
class Candidates {
 public:
  explicit Candidates(const std::vector<Selection>& all) {
    for (std::size_t i = 0; i < all.size(); ++i) {
      const auto& tags = all[i].tags;
      by_key_[key(all[i].management_group, tags.empty() ? "" : tags.front())].push_back(i);
    }
  }

  // In the order of the files.
  [[nodiscard]] std::vector<std::size_t> of(const Selection& narrow) const {
    std::set<std::string_view> groups{"", narrow.management_group};
    std::vector<std::size_t> found;
    for (const std::string_view group : groups) {
      add(key(group, ""), found);
      for (const std::string& tag : narrow.tags) add(key(group, tag), found);
    }
    std::sort(found.begin(), found.end());
    return found;
  }

 private:
  static std::string key(std::string_view group, std::string_view tag) {
    return std::string(group) + '\0' + std::string(tag);
  }
  void add(const std::string& wanted, std::vector<std::size_t>& found) const {
    const auto at = by_key_.find(wanted);
    if (at == by_key_.end()) return;
    const auto count = static_cast<std::ptrdiff_t>(std::min(at->second.size(), kMaxCandidates));
    found.insert(found.end(), at->second.begin(), at->second.begin() + count);
  }

  // A hostile file has a million scopes that are all alike.
  static constexpr std::size_t kMaxCandidates = 1000;
  std::unordered_map<std::string, std::vector<std::size_t>> by_key_;
};

// The problem of the scope at `i`, if it has one.
std::optional<SwallowedScope> swallowed(const std::vector<Selection>& all,
                                        const Candidates& candidates, std::size_t i) {
  std::optional<SwallowedScope> agreeing;
  for (const std::size_t j : candidates.of(all[i])) {
    if (j == i || !all[j].contains(all[i])) continue;
    // Of two that select the same, the later one has the problem.
    if (j > i && all[i].contains(all[j])) continue;
    auto keys = disagreements(all[i].source->declares, all[j].source->declares);
    if (!keys.empty()) return SwallowedScope{i, j, std::move(keys)};
    if (j < i && !agreeing) agreeing = SwallowedScope{i, j};
  }
  return agreeing;
}

}  // namespace

bool selects_all_of(const Scope& broad, const Scope& narrow) {
  return Selection(broad).contains(Selection(narrow));
}

std::vector<SwallowedScope> swallowed_scopes(const std::vector<Scope>& scopes) {
  const std::vector<Selection> all(scopes.begin(), scopes.end());
  const Candidates candidates(all);
  std::vector<SwallowedScope> result;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (auto one = swallowed(all, candidates, i)) result.push_back(*std::move(one));
  }
  return result;
}

std::string why_nothing_matches(const Scope& scope, const DesiredState& desired) {
  // Azure accepts no such tag:
  // https://learn.microsoft.com/azure/azure-resource-manager/management/tag-resources#limitations
  constexpr std::string_view kNotInTagNames = "<>%&\\?/";
  for (const Tag& tag : scope.tags) {
    const std::size_t at = tag.name.find_first_of(kNotInTagNames);
    if (at == std::string::npos) continue;
    return "Azure allows no tag whose name contains " + std::string(1, tag.name[at]) +
           ", such as " + printable(tag.name, 60);
  }
  const auto id = SubscriptionId::parse(scope.management_group);
  if (!id) return {};
  if (std::binary_search(scope.exclude.begin(), scope.exclude.end(), *id))
    return "its managementGroup is the id of a subscription, which it excludes";
  const auto& entries = desired.subscriptions;
  const auto found = std::find_if(entries.begin(), entries.end(),
                                  [&](const Declaration& entry) { return entry->id == *id; });
  if (found == entries.end()) return {};
  return "its managementGroup is the id of a subscription (" + (*found)->source +
         "), not of a management group";
}

}  // namespace defenderd
