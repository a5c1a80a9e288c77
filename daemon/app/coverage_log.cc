#include "app/coverage_log.h"

#include <algorithm>
#include <set>
#include <unordered_set>
#include <utility>

namespace defenderd {
namespace {

// Up to this many get a line each. If there are more, only the number is logged: the API lists
// them.
constexpr std::size_t kOneByOne = 20;
// Bounds the memory for subscriptions that left their scope.
constexpr std::size_t kMaxLeft = 10'000;
constexpr auto kKeepLeft = std::chrono::hours(24 * 30);

std::string name_of(const CoverageRow& row) {
  return row.name.empty() ? row.id.text() : row.name + " (" + row.id.text() + ")";
}

std::string kind_of(const Failure& failure) {
  return std::string(to_text(failure.reason)) + " " + std::to_string(failure.http_status) + " " +
         failure.arm_code;
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
      return "not declared; add an entry under subscriptions, or list it under exclude of a scope";
    case CoverageReason::ScopesDisagree:
      return "left as it is because two scopes declare different things for it; make them agree";
    case CoverageReason::LeftScope:
    case CoverageReason::OutOfSight:
      break;  // written when it left
    case CoverageReason::NotEnabled:
      return "ARM takes no writes to it because its state is " +
             (row.state.empty() ? "unknown" : row.state) + "; a scope covers it once it is enabled";
  }
  return row.message;
}

bool counts_as_undeclared(const CoverageRow& row) {
  return row.reason == CoverageReason::NotDeclared ||
         row.reason == CoverageReason::ScopesDisagree || row.reason == CoverageReason::LeftScope;
}

// Those whose tenant was listed, with management groups where they need them.
std::vector<CoverageSnapshot::ScopeRow> judged_scopes(const Resolution& resolution,
                                                      const ScopeNews& news) {
  std::vector<CoverageSnapshot::ScopeRow> judged;
  for (const ScopeMatches& scope : resolution.scopes) {
    const auto view =
        std::find_if(news.tenants.begin(), news.tenants.end(),
                     [&](const TenantView& candidate) { return candidate.tenant == scope.tenant; });
    if (view == news.tenants.end() || !view->known) continue;
    if (scope.needs_groups && !view->groups_known) continue;
    judged.push_back({scope.scope, scope.text, scope.subscriptions});
  }
  return judged;
}

// What a failed listing means for the scopes.
std::string consequence(const TenantView& view) {
  if (!view.has_scopes)
    return "; undeclared subscriptions cannot be determined, everything else works";
  if (!view.known) return "; scopes cover nothing until this is fixed";
  if (!view.groups_known && view.needs_groups) {
    return "; scopes with a managementGroup cover nothing until this is fixed, the others work";
  }
  return "; the last list stays in effect";
}

}  // namespace

void CoverageLog::resolved(const Resolution& resolution, const ScopeNews& news) {
  log_failures(news.tenants);
  log_departures(resolution, news.departed);
  forget_departures(resolution, news.scopes);
  log_conflicts(resolution.conflicts);
  std::vector<CoverageRow> rows = rows_of(resolution);
  note_first_seen(rows);
  auto scopes = judged_scopes(resolution, news);
  log_empty_scopes(scopes, resolution.visible);
  show(std::move(rows), std::move(scopes), resolution, news);
  log_covered(resolution.covered);
}

void CoverageLog::log_failures(const std::vector<TenantView>& tenants) {
  std::map<std::optional<TenantId>, std::string> failures;
  for (const TenantView& view : tenants) {
    const auto logged = failures_.find(view.tenant);
    if (view.failure) {
      std::string kind = kind_of(*view.failure);
      if (logged == failures_.end() || logged->second != kind) log_failure(view);
      failures.emplace(view.tenant, std::move(kind));
    } else if (logged != failures_.end()) {
      log_.log(LogLevel::Info, log_event::kDiscoveryRecovered,
               "the subscriptions can be listed again",
               {{log_key::kTenant, view.tenant ? view.tenant->text() : ""}});
    }
  }
  failures_ = std::move(failures);
}

void CoverageLog::log_failure(const TenantView& view) {
  const Failure& failure = *view.failure;
  log_.log(
      view.has_scopes ? LogLevel::Warn : LogLevel::Info, log_event::kDiscoveryFailed,
      failure.message + consequence(view),
      {{log_key::kTenant, view.tenant ? view.tenant->text() : ""},
       {log_key::kReason, to_text(failure.reason)},
       {log_key::kHttpStatus, failure.http_status == 0 ? "" : std::to_string(failure.http_status)},
       {log_key::kArmCode, failure.arm_code},
       {log_key::kRequestId, failure.trace.request_id},
       {log_key::kCorrelationId, failure.trace.correlation_id},
       {log_key::kClientRequestId, failure.trace.client_request_id}});
}

void CoverageLog::log_departures(const Resolution& resolution,
                                 const std::vector<Declaration>& departed) {
  if (departed.empty()) return;
  std::map<SubscriptionId, const UncoveredSubscription*> visible;
  for (const UncoveredSubscription& seen : resolution.uncovered) visible.emplace(seen.id, &seen);
  std::vector<const CoverageRow*> news;
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
    if (left_.size() < kMaxLeft) left_.insert_or_assign(row.id, row);
    if (const auto kept = left_.find(row.id); kept != left_.end()) news.push_back(&kept->second);
  }
  log_rows(News::LeftScope, news,
           " subscriptions no longer match their scopes and are left as they are");
}

void CoverageLog::forget_departures(const Resolution& resolution, std::size_t scopes) {
  if (left_.empty()) return;
  std::unordered_set<SubscriptionId> declared;
  for (const Declaration& subscription : resolution.effective.subscriptions)
    declared.insert(subscription->id);
  std::erase_if(left_, [&](const auto& item) {
    return scopes == 0 || declared.contains(item.first) ||
           item.second.first_seen + kKeepLeft < clock_.wall_now();
  });
}

void CoverageLog::log_conflicts(const std::vector<ScopeConflict>& conflicts) {
  std::map<std::string, std::size_t> now;
  for (const ScopeConflict& conflict : conflicts) {
    std::string pair = conflict.first + " and " + conflict.second;
    const std::size_t count = conflict.subscriptions.size();
    if (!conflicts_.contains(pair)) {
      log_.log(LogLevel::Error, log_event::kScopesDisagree, text_of(conflict),
               {{log_key::kCount, std::to_string(count)}});
    }
    now.emplace(std::move(pair), count);
  }
  for (const auto& [pair, count] : conflicts_) {
    if (now.contains(pair)) continue;
    log_.log(LogLevel::Info, log_event::kScopesDisagree, pair + " no longer disagree");
  }
  conflicts_ = std::move(now);
}

// By id: what is visible and unmanaged, and what was covered and is no longer visible.
std::vector<CoverageRow> CoverageLog::rows_of(const Resolution& resolution) const {
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

void CoverageLog::note_first_seen(std::vector<CoverageRow>& rows) {
  const WallTime now = clock_.wall_now();
  std::map<SubscriptionId, WallTime> first_seen;
  std::vector<const CoverageRow*> news;
  for (CoverageRow& row : rows) {
    const auto known = first_seen_.find(row.id);
    row.first_seen = known == first_seen_.end() ? now : known->second;
    first_seen.emplace(row.id, row.first_seen);
    if (known == first_seen_.end() && row.reason == CoverageReason::NotDeclared)
      news.push_back(&row);
  }
  first_seen_ = std::move(first_seen);
  log_rows(News::Undeclared, news,
           " visible subscriptions are not declared; /api/v1/undeclared lists them");
}

void CoverageLog::show(std::vector<CoverageRow> rows,
                       std::vector<CoverageSnapshot::ScopeRow> scopes, const Resolution& resolution,
                       const ScopeNews& news) {
  CoverageSnapshot shown;
  for (const CoverageRow& row : rows) {
    shown.disagreed += row.reason == CoverageReason::ScopesDisagree ? 1 : 0;
    shown.undeclared += counts_as_undeclared(row) ? 1 : 0;
  }
  shown.rows = std::move(rows);
  shown.left = left_.size();
  shown.scopes = news.scopes;
  shown.covered = resolution.covered;
  shown.by_scope = std::move(scopes);
  shown.last_good = news.last_good;
  shown.last_success = news.last_success;
  for (const TenantView& view : news.tenants) {
    shown.known = shown.known || view.known;
    if (!view.failure) continue;
    if (!shown.error.empty()) shown.error += '\n';
    shown.error += view.failure->message;
  }
  board_.set(std::move(shown));
}

void CoverageLog::log_covered(std::size_t covered) {
  if (std::exchange(covered_, covered) == covered) return;
  const std::string count = std::to_string(covered);
  log_.log(LogLevel::Info, log_event::kScopesCover,
           "scopes cover " + count + (covered == 1 ? " subscription" : " subscriptions"),
           {{log_key::kCount, count}});
}

void CoverageLog::log_empty_scopes(const std::vector<CoverageSnapshot::ScopeRow>& scopes,
                                   std::size_t visible) {
  std::set<std::string> empty;
  for (const CoverageSnapshot::ScopeRow& row : scopes) {
    const bool logged = empty_scopes_.contains(row.text);
    if (row.subscriptions == 0) {
      empty.insert(row.text);
      if (logged) continue;
      log_.log(LogLevel::Warn, log_event::kScopeEmpty,
               row.text + " covers no subscription: " + why_scopes_are_empty(visible));
    } else if (logged) {
      log_.log(LogLevel::Info, log_event::kScopeEmpty,
               row.text + " covers " + std::to_string(row.subscriptions) + " again");
    }
  }
  empty_scopes_ = std::move(empty);
}

void CoverageLog::log_rows(News news, const std::vector<const CoverageRow*>& rows,
                           const std::string& many) {
  const bool left = news == News::LeftScope;
  if (rows.size() > kOneByOne) {
    const std::string count = std::to_string(rows.size());
    log_.log(LogLevel::Warn, left ? log_event::kLeftScope : log_event::kUndeclared, count + many,
             {{log_key::kCount, count}});
    return;
  }
  for (const CoverageRow* const row : rows) {
    log_.log(LogLevel::Warn, left ? log_event::kLeftScope : log_event::kUndeclared,
             name_of(*row) + ": " + row->message,
             {{log_key::kSubscriptionId, row->id.text()}, {log_key::kName, row->name}});
  }
}

}  // namespace defenderd
