#include "reconcile/removals.h"

#include <algorithm>
#include <string>
#include <unordered_set>
#include <utility>

#include "reconcile/fingerprint.h"

namespace defenderd {
namespace {

using Ids = std::unordered_set<SubscriptionId>;

Ids entries_of(const DesiredState& state) {
  Ids ids;
  ids.reserve(state.subscriptions.size());
  for (const DesiredSubscription& entry : state.subscriptions) ids.insert(entry.id);
  return ids;
}

Ids excluded_of(const DesiredState& state) {
  Ids ids;
  for (const Scope& scope : state.scopes) ids.insert(scope.exclude.begin(), scope.exclude.end());
  return ids;
}

std::string reason_of(bool was_entry) {
  return std::string("an edit removed its ") + (was_entry ? "entry" : "exclusion from a scope") +
         ", and the rest of the edit may follow; a scope covers it now";
}

}  // namespace

void Removals::edited(const DesiredState& before, const DesiredState& after, const Moment& now) {
  const Ids entries = entries_of(after);
  const Ids excluded = excluded_of(after);
  const MutexLock lock(mutex_);
  const auto note = [&](SubscriptionId id, std::optional<std::uint64_t> declared) REQUIRES(mutex_) {
    removed_.insert_or_assign(id, Removed{now.steady, now.wall, declared});
    ++revision_;
  };
  for (const SubscriptionId id : excluded_of(before))
    if (!excluded.contains(id) && !entries.contains(id)) note(id, std::nullopt);
  for (const DesiredSubscription& entry : before.subscriptions)
    if (!entries.contains(entry.id)) note(entry.id, fingerprint(entry));
  if (std::erase_if(removed_, [&](const auto& item) { return entries.contains(item.first); }) > 0)
    ++revision_;
}

void Removals::suspend(std::vector<Declaration>& subscriptions, std::size_t first) const {
  const MutexLock lock(mutex_);
  if (removed_.empty()) return;
  for (std::size_t i = first; i < subscriptions.size(); ++i) {
    const DesiredSubscription& covered = *subscriptions[i];
    const auto found = removed_.find(covered.id);
    if (found == removed_.end() || covered.mode != Mode::Enforce) continue;
    const Removed& removed = found->second;
    if (removed.declared == fingerprint(covered)) continue;
    const WallTime until =
        removed.wall + std::chrono::duration_cast<WallTime::duration>(kRemovalRest);
    if (covered.suspend && covered.suspend->until >= until) continue;
    DesiredSubscription waiting = covered;
    waiting.suspend = Suspension{.until = until, .reason = reason_of(removed.declared.has_value())};
    subscriptions[i] = Declaration(std::move(waiting));
  }
}

void Removals::forget_over(SteadyTime now) {
  const MutexLock lock(mutex_);
  if (std::erase_if(removed_,
                    [&](const auto& item) { return now >= item.second.at + kRemovalRest; }) > 0)
    ++revision_;
}

SteadyTime Removals::next_end() const {
  const MutexLock lock(mutex_);
  SteadyTime next = SteadyTime::max();
  for (const auto& [id, removed] : removed_) next = std::min(next, removed.at + kRemovalRest);
  return next;
}

std::vector<Removal> Removals::memory() const {
  const MutexLock lock(mutex_);
  std::vector<Removal> memory;
  memory.reserve(removed_.size());
  for (const auto& [id, removed] : removed_) memory.push_back({id, removed.wall, removed.declared});
  return memory;
}

void Removals::recall(const std::vector<Removal>& earlier, const Moment& now) {
  const MutexLock lock(mutex_);
  for (const Removal& removal : earlier)
    removed_.insert_or_assign(removal.subscription,
                              Removed{now.steady_of(removal.at), removal.at, removal.declared});
}

std::uint64_t Removals::revision() const {
  const MutexLock lock(mutex_);
  return revision_;
}

}  // namespace defenderd
