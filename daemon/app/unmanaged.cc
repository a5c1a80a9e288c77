#include "app/unmanaged.h"

#include <algorithm>
#include <chrono>
#include <set>
#include <string>
#include <unordered_set>
#include <utility>

namespace defenderd {
namespace {

// Bounds the memory for subscriptions that left their scope.
constexpr std::size_t kMaxLeft = 10'000;
constexpr auto kKeepLeft = std::chrono::hours(24 * 30);

CoverageReason reason_of(Uncovered why) {
  switch (why) {
    case Uncovered::NotDeclared:
      return CoverageReason::NotDeclared;
    case Uncovered::ScopesDisagree:
      return CoverageReason::ScopesDisagree;
    case Uncovered::NotEnabled:
      return CoverageReason::NotEnabled;
  }
  return CoverageReason::NotDeclared;
}

std::string advice(const CoverageRow& row) {
  switch (row.reason) {
    case CoverageReason::NotDeclared:
      return "not declared; add an entry under subscriptions, or list it under exclude of a scope";
    case CoverageReason::ScopesDisagree:
      return "left as it is because two scopes declare different things for it; make them agree";
    case CoverageReason::LeftScope:
    case CoverageReason::OutOfSight:
      break;  // written when it left
    case CoverageReason::NotEnabled:
      return "ARM accepts no writes for it, because its state is " +
             (row.state.empty() ? "unknown" : row.state) + "; a scope covers it once it is enabled";
  }
  return row.message;
}

bool all_known(const std::vector<TenantView>& tenants) {
  return !tenants.empty() && std::all_of(tenants.begin(), tenants.end(),
                                         [](const TenantView& view) { return view.known; });
}

}  // namespace

Unmanaged::Update Unmanaged::resolved(const Resolution& resolution, const ScopeNews& news) {
  const MutexLock lock(mutex_);
  Update update;
  update.left_scope = take_departed(resolution, news.departed);
  forget_left(resolution, news.scopes);
  update.rows = rows_of(resolution);
  update.first_seen = note_first_seen(update.rows);
  if (all_known(news.tenants)) seen_earlier_.clear();
  count_left(update);
  return update;
}

void Unmanaged::count_left(Update& update) const {
  update.left = left_.size();
  if (left_.empty()) return;
  for (const CoverageRow& row : update.rows) {
    const auto left = left_.find(row.id);
    if (left != left_.end()) update.left_rows.push_back({row.reason, left->second.first_seen});
  }
}

std::vector<CoverageRow> Unmanaged::take_departed(const Resolution& resolution,
                                                  const std::vector<Declaration>& departed) {
  if (departed.empty()) return {};
  std::map<SubscriptionId, const UncoveredSubscription*> visible;
  for (const UncoveredSubscription& seen : resolution.uncovered) visible.emplace(seen.id, &seen);
  std::vector<CoverageRow> news;
  for (const Declaration& was : departed) {
    CoverageRow row;
    row.id = was->id;
    row.name = was->name;
    row.first_seen = clock_.wall_now();
    if (const auto seen = visible.find(was->id); seen != visible.end()) {
      row.reason = CoverageReason::LeftScope;
      row.state = seen->second->state;
      row.home = seen->second->home;
      row.message =
          "no longer matches " + was->source + ": its tags, management group or state changed";
    } else {
      row.reason = CoverageReason::OutOfSight;
      row.message = "no longer visible to the identity; " + was->source + " covered it";
    }
    row.message += ". It is left as it is, never switched off";
    ++revision_;
    if (left_.size() < kMaxLeft) left_.insert_or_assign(row.id, row);
    if (left_.contains(row.id)) news.push_back(std::move(row));
  }
  return news;
}

void Unmanaged::forget_left(const Resolution& resolution, std::size_t scopes) {
  if (left_.empty()) return;
  std::unordered_set<SubscriptionId> declared;
  for (const Declaration& subscription : resolution.effective.subscriptions)
    declared.insert(subscription->id);
  const auto forgotten = std::erase_if(left_, [&](const auto& item) {
    return scopes == 0 || declared.contains(item.first) ||
           item.second.first_seen + kKeepLeft < clock_.wall_now();
  });
  if (forgotten > 0) ++revision_;
}

// By id: what is visible and unmanaged, and what was covered and is no longer visible.
std::vector<CoverageRow> Unmanaged::rows_of(const Resolution& resolution) const {
  std::vector<CoverageRow> rows;
  std::set<SubscriptionId> visible;
  for (const UncoveredSubscription& seen : resolution.uncovered) {
    visible.insert(seen.id);
    const auto left = left_.find(seen.id);
    const bool has_left = left != left_.end() && seen.why == Uncovered::NotDeclared;
    CoverageRow row;
    if (has_left) row = left->second;
    row.id = seen.id;
    row.name = seen.name;
    row.home = seen.home;
    row.listed_in = seen.listed_in;
    row.state = seen.state;
    row.reason = has_left ? CoverageReason::LeftScope : reason_of(seen.why);
    row.message = advice(row);
    rows.push_back(std::move(row));
  }
  for (const auto& [id, row] : left_) {
    if (!visible.contains(id) && row.reason == CoverageReason::OutOfSight) rows.push_back(row);
  }
  std::sort(rows.begin(), rows.end(),
            [](const CoverageRow& a, const CoverageRow& b) { return a.id < b.id; });
  return rows;
}

// Returns those that are new.
std::vector<CoverageRow> Unmanaged::note_first_seen(std::vector<CoverageRow>& rows) {
  const WallTime now = clock_.wall_now();
  std::map<SubscriptionId, WallTime> first_seen;
  std::vector<CoverageRow> news;
  for (CoverageRow& row : rows) {
    const auto known = first_seen_.find(row.id);
    const auto earlier = seen_earlier_.find(row.id);
    const bool is_new = known == first_seen_.end() && earlier == seen_earlier_.end();
    row.first_seen = known != first_seen_.end() ? known->second : is_new ? now : earlier->second;
    first_seen.emplace(row.id, row.first_seen);
    if (is_new && row.reason == CoverageReason::NotDeclared) news.push_back(row);
  }
  if (first_seen_ != first_seen) ++revision_;
  first_seen_ = std::move(first_seen);
  return news;
}

CoverageMemory Unmanaged::memory() const {
  const MutexLock lock(mutex_);
  CoverageMemory memory;
  memory.first_seen = first_seen_;
  memory.first_seen.insert(seen_earlier_.begin(), seen_earlier_.end());
  for (const auto& [id, row] : left_) memory.left.push_back(row);
  return memory;
}

void Unmanaged::recall(const CoverageMemory& memory) {
  const MutexLock lock(mutex_);
  seen_earlier_ = memory.first_seen;
  for (const CoverageRow& row : memory.left) left_.insert_or_assign(row.id, row);
}

std::uint64_t Unmanaged::revision() const {
  const MutexLock lock(mutex_);
  return revision_;
}

}  // namespace defenderd
