#include "app/coverage_log.h"

#include <algorithm>
#include <set>
#include <utility>

#include "base/list_text.h"
#include "core/subscription_text.h"
#include "core/tenant_text.h"

namespace defenderd {
namespace {

// Up to this many get a line each. If there are more, only the number is logged: the API lists
// them.
constexpr std::size_t kOneByOne = 20;
// Of tenants with one trouble: one outage of ARM concerns all of them.
constexpr std::size_t kFewTenants = 3;

std::string name_of(const CoverageRow& row) { return name_and_id(row.name, row.id); }

std::string kind_of(const Failure& failure) {
  return std::string(to_text(failure.reason)) + " " + std::to_string(failure.http_status) + " " +
         failure.arm_code;
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

std::string some_of(const std::vector<const TenantView*>& views) {
  std::vector<std::string> names;
  for (const TenantView* const view : views) {
    if (names.size() == kFewTenants) break;
    names.push_back(tenant_name(view->tenant));
  }
  return joined(names);
}

}  // namespace

void CoverageLog::resolved(const Resolution& resolution, const ScopeNews& news) {
  log_failures(news.tenants);
  Unmanaged::Update update = unmanaged_.resolved(resolution, news);
  log_rows(Rows::LeftScope, update.left_scope);
  log_conflicts(resolution.conflicts);
  log_rows(Rows::FirstSeen, update.first_seen);
  auto scopes = judged_scopes(resolution, news);
  log_empty_scopes(scopes, resolution.visible);
  show(std::move(update), std::move(scopes), resolution, news);
  log_covered(resolution.covered);
}

void CoverageLog::log_failures(const std::vector<TenantView>& tenants) {
  std::map<std::optional<TenantId>, std::string> failures;
  std::map<std::string, std::vector<const TenantView*>> news;  // that are alike
  std::vector<const TenantView*> recovered;
  for (const TenantView& view : tenants) {
    const auto logged = failures_.find(view.tenant);
    if (view.failure) {
      std::string kind = kind_of(*view.failure);
      if (logged == failures_.end() || logged->second != kind)
        news[kind + consequence(view)].push_back(&view);
      failures.emplace(view.tenant, std::move(kind));
    } else if (logged != failures_.end()) {
      recovered.push_back(&view);
    }
  }
  failures_ = std::move(failures);
  for (const auto& [kind, alike] : news) log_failures_alike(alike);
  if (recovered.size() > kFewTenants) {
    const std::string count = std::to_string(recovered.size());
    log_.log(LogLevel::Info, log_event::kDiscoveryRecovered,
             "the subscriptions of " + count + " tenants can be listed again, for example of " +
                 some_of(recovered),
             {{log_key::kCount, count}});
    return;
  }
  for (const TenantView* const view : recovered) {
    log_.log(LogLevel::Info, log_event::kDiscoveryRecovered,
             "the subscriptions can be listed again", {{log_key::kTenant, id_text(view->tenant)}});
  }
}

void CoverageLog::log_failures_alike(const std::vector<const TenantView*>& alike) {
  const bool many = alike.size() > kFewTenants;
  for (const TenantView* const view : alike) {
    const Failure& failure = *view->failure;
    const std::string status = failure.http_status == 0 ? "" : std::to_string(failure.http_status);
    const std::string count = many ? std::to_string(alike.size()) : "";
    log_.log(
        view->has_scopes ? LogLevel::Warn : LogLevel::Info, log_event::kDiscoveryFailed,
        failure.message + consequence(*view) +
            (many ? ". The same applies to " + count + " tenants, for example " + some_of(alike)
                  : ""),
        {{log_key::kTenant, many ? "" : id_text(view->tenant)},
         {log_key::kReason, to_text(failure.reason)},
         {log_key::kHttpStatus, status},
         {log_key::kArmCode, failure.arm_code},
         {log_key::kRequestId, failure.trace.request_id},
         {log_key::kCorrelationId, failure.trace.correlation_id},
         {log_key::kClientRequestId, failure.trace.client_request_id},
         {log_key::kCount, count}});
    if (many) return;
  }
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

void CoverageLog::show(Unmanaged::Update update, std::vector<CoverageSnapshot::ScopeRow> scopes,
                       const Resolution& resolution, const ScopeNews& news) {
  CoverageSnapshot shown;
  for (const CoverageRow& row : update.rows) {
    shown.disagreed += row.reason == CoverageReason::ScopesDisagree ? 1 : 0;
    shown.undeclared += counts_as_undeclared(row) ? 1 : 0;
  }
  shown.rows = std::move(update.rows);
  shown.left = update.left;
  shown.left_rows = std::move(update.left_rows);
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

void CoverageLog::log_rows(Rows which, const std::vector<CoverageRow>& rows) {
  const bool left = which == Rows::LeftScope;
  if (rows.size() > kOneByOne) {
    const std::string count = std::to_string(rows.size());
    log_.log(LogLevel::Warn, left ? log_event::kLeftScope : log_event::kUndeclared,
             count + (left ? " subscriptions no longer match their scopes and are left as they are"
                           : " visible subscriptions are not declared; /api/v1/undeclared lists "
                             "them"),
             {{log_key::kCount, count}});
    return;
  }
  for (const CoverageRow& row : rows) {
    log_.log(LogLevel::Warn, left ? log_event::kLeftScope : log_event::kUndeclared,
             name_of(row) + ": " + row.message,
             {{log_key::kSubscriptionId, row.id.text()}, {log_key::kName, row.name}});
  }
}

}  // namespace defenderd
