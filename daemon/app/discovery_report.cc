// What a discovery tells of its findings: log lines, and the rows of the coverage board.

#include <algorithm>
#include <unordered_set>
#include <utility>

#include "app/discovery.h"

namespace defenderd {
namespace {

// So many are told one by one; of more only their number, since the API lists them.
constexpr std::size_t kToldEach = 20;
// Of what has left: as many, and as long, as anybody will still ask for.
constexpr std::size_t kMaxLeft = 10'000;
constexpr auto kKeepLeft = std::chrono::hours(24 * 30);

std::string who(const CoverageRow& row) {
  return row.name.empty() ? row.id.text() : row.name + " (" + row.id.text() + ")";
}

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
      return "nothing declares it: give it an entry under subscriptions, or name it under exclude "
             "of "
             "a scope";
    case CoverageReason::ScopesDisagree:
      return "two scopes want different things of it, so that it is left alone: make them agree";
    case CoverageReason::LeftScope:
    case CoverageReason::OutOfSight:
      break;  // said where it left
    case CoverageReason::NotEnabled:
      return "it is " + (row.state.empty() ? "in no known state" : row.state) +
             ", so that ARM takes no writes to it; a scope covers it once it is enabled";
  }
  return row.message;
}

}  // namespace

// Entries that become scopes' and back, or edits, are no departures.
void Discovery::note_departures(const Resolution& resolution, Cause cause) {
  const auto& effective = resolution.effective.subscriptions;
  std::map<SubscriptionId, Declaration> covered;
  for (std::size_t i = declared_.subscriptions.size(); i < effective.size(); ++i) {
    covered.emplace(effective[i]->id, effective[i]);
  }
  std::unordered_set<SubscriptionId> declared;
  if (!covered_.empty() || !left_.empty()) {  // else nobody asks
    for (const Declaration& one : effective) declared.insert(one->id);
  }
  std::map<SubscriptionId, const UncoveredSubscription*> in_sight;
  for (const UncoveredSubscription& one : resolution.uncovered) in_sight.emplace(one.id, &one);

  const WallTime now = clock_.wall_now();
  std::vector<const CoverageRow*> news;
  if (cause == Cause::Look) {
    for (const auto& [id, was] : covered_) {
      if (declared.contains(id)) continue;
      const auto seen = in_sight.find(id);
      CoverageRow row;
      row.id = id;
      row.name = was->name;
      row.first_seen = now;
      row.reason = CoverageReason::LeftScope;
      if (seen == in_sight.end()) {
        row.reason = CoverageReason::OutOfSight;
        row.message = "the identity sees it no more; " + was->source + " covered it";
      } else {
        row.state = seen->second->state;
        row.home = seen->second->home;
        row.message = "it is no longer what " + was->source +
                      " covers: its tags, management group or "
                      "state have changed";
      }
      row.message += ". It is left alone, never switched off";
      if (left_.size() < kMaxLeft) left_.insert_or_assign(id, row);
      if (const auto kept = left_.find(id); kept != left_.end()) news.push_back(&kept->second);
    }
  }
  tell_new(news, News::LeftScope,
           " subscriptions have left the reach of their scopes and are "
           "left alone");
  std::erase_if(left_, [&](const auto& item) {
    return declared.contains(item.first) || declared_.scopes.empty() ||
           item.second.first_seen + kKeepLeft < now;
  });
  covered_ = std::move(covered);
}

void Discovery::tell_conflicts(const std::vector<ScopeConflict>& conflicts) {
  std::map<std::string, std::size_t> now;
  for (const ScopeConflict& conflict : conflicts) {
    std::string pair = conflict.first + " and " + conflict.second;
    const std::size_t count = conflict.subscriptions.size();
    if (!conflicts_told_.contains(pair)) {
      lines_.add(LogLevel::Error, log_event::kScopesDisagree, text_of(conflict),
                 {{log_key::kCount, std::to_string(count)}});
    }
    now.emplace(std::move(pair), count);
  }
  for (const auto& [pair, count] : conflicts_told_) {
    if (now.contains(pair)) continue;
    lines_.add(LogLevel::Info, log_event::kScopesDisagree, pair + " disagree no longer");
  }
  conflicts_told_ = std::move(now);
}

void Discovery::show(const Resolution& resolution) {
  CoverageSnapshot shown;
  const WallTime now = clock_.wall_now();
  const auto row_of = [&](const UncoveredSubscription& one) {
    const auto left = left_.find(one.id);
    const bool has_left = left != left_.end() && one.why == Uncovered::NotDeclared;
    CoverageRow row;
    if (has_left) row = left->second;
    row.id = one.id;
    row.name = one.name;
    row.home = one.home;
    row.state = one.state;
    row.reason = has_left ? CoverageReason::LeftScope : reason_of(one.why);
    row.message = advice(row);
    return row;
  };
  std::set<SubscriptionId> in_sight;
  for (const UncoveredSubscription& one : resolution.uncovered) {
    in_sight.insert(one.id);
    shown.rows.push_back(row_of(one));
  }
  for (const auto& [id, row] : left_) {
    if (!in_sight.contains(id) && row.reason == CoverageReason::OutOfSight) {
      shown.rows.push_back(row);
    }
  }
  std::sort(shown.rows.begin(), shown.rows.end(),
            [](const CoverageRow& a, const CoverageRow& b) { return a.id < b.id; });

  std::map<SubscriptionId, WallTime> first_seen;
  std::vector<const CoverageRow*> news;
  for (CoverageRow& row : shown.rows) {
    const auto known = first_seen_.find(row.id);
    row.first_seen = known == first_seen_.end() ? now : known->second;
    first_seen.emplace(row.id, row.first_seen);
    if (known == first_seen_.end() && row.reason == CoverageReason::NotDeclared) {
      news.push_back(&row);
    }
    shown.disagreed += row.reason == CoverageReason::ScopesDisagree ? 1 : 0;
    shown.undeclared += row.reason == CoverageReason::NotDeclared ||
                                row.reason == CoverageReason::ScopesDisagree ||
                                row.reason == CoverageReason::LeftScope
                            ? 1
                            : 0;
  }
  first_seen_ = std::move(first_seen);
  tell_new(news, News::Undeclared,
           " subscriptions are in sight that nothing declares; /api/v1/undeclared lists them");
  shown.left = left_.size();
  shown.scopes = declared_.scopes.size();
  shown.covered = resolution.covered;
  shown.last_good = last_good_;
  shown.last_success = last_success_;
  for (const auto& [id, tenant] : tenants_) {
    shown.known = shown.known || tenant.found.has_value();
    if (tenant.error.empty()) continue;
    if (!shown.error.empty()) shown.error += '\n';
    shown.error += tenant.error;
  }
  board_.set(std::move(shown));
}

void Discovery::tell_new(const std::vector<const CoverageRow*>& rows, News news,
                         const std::string& many) {
  const bool left = news == News::LeftScope;
  if (rows.size() > kToldEach) {
    const std::string count = std::to_string(rows.size());
    lines_.add(LogLevel::Warn, left ? log_event::kLeftScope : log_event::kUndeclared, count + many,
               {{log_key::kCount, count}});
    return;
  }
  for (const CoverageRow* const row : rows) {
    lines_.add(LogLevel::Warn, left ? log_event::kLeftScope : log_event::kUndeclared,
               who(*row) + " " + row->message,
               {{log_key::kSubscriptionId, row->id.text()}, {log_key::kName, row->name}});
  }
}

}  // namespace defenderd
