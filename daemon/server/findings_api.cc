#include "server/findings_api.h"

#include <algorithm>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "base/list_text.h"
#include "base/text.h"
#include "base/time_text.h"
#include "core/fleet_findings.h"
#include "server/board_json.h"
#include "server/page_json.h"
#include "server/parameters.h"
#include "server/row_json.h"

namespace defenderd {
namespace {

void write_modified(JsonWriter& json, const LastModified& modified) {
  if (modified.by.empty() && !modified.at) return;
  json.key("lastModified");
  json.begin_object();
  json.member("by", modified.by);
  time_member(json, "at", modified.at);
  json.end_object();
}

void write_finding(JsonWriter& json, const Finding& finding) {
  json.begin_object();
  json.member("finding", to_text(finding.kind));
  json.member("subscriptionId", finding.subscription.text());
  json.member("name", finding.subscription_name);
  if (!finding.owner.empty()) json.member("owner", finding.owner);
  json.member("resource", finding.resource);
  json.member("message", finding.message);
  json.member("advice", advice_on(finding));
  json.member("since", format_rfc3339(finding.since));
  write_modified(json, finding.modified);
  if (finding.accepted) {
    json.key("accepted");
    json.begin_object();
    json.member("reason", finding.accepted->reason);
    json.member("until", format_rfc3339(finding.accepted->until));
    json.end_object();
  }
  json.end_object();
}

void write_counts(JsonWriter& json, std::string_view name,
                  const std::array<std::size_t, kAllFindingKinds.size()>& counts) {
  json.key(name);
  json.begin_object();
  for (const FindingKind kind : kAllFindingKinds)
    json.member(to_text(kind), counts.at(static_cast<std::size_t>(kind)));
  json.end_object();
}

void write_round(JsonWriter& json, const std::optional<FindingsSnapshot::Round>& round) {
  json.key("round");
  if (!round) {
    json.null();
    return;
  }
  json.begin_object();
  json.member("subscriptions", round->subscriptions);
  json.member("inspected", round->subscriptions - round->left);
  json.end_object();
}

void write_account(JsonWriter& json, const InspectedAccount& account) {
  json.begin_object();
  json.member("id", account.account.id);
  json.member("name", account.account.name);
  json.member("defender", to_text(account.defender));
  if (!account.denied.empty()) json.member("denied", account.denied);
  json.key("deployments");
  json.begin_array();
  for (const InspectedDeployment& deployment : account.deployments) {
    json.begin_object();
    json.member("name", deployment.name);
    json.member("model", deployment.model);
    json.member("contentFilter", deployment.policy);
    json.member("verdict", to_text(deployment.verdict));
    json.end_object();
  }
  json.end_array();
  json.end_object();
}

struct Wanted {
  std::string part;  // in lower case
  std::set<std::string_view> kinds;
  std::optional<bool> accepted;
};

bool matches(const Finding& finding, const Wanted& wanted) {
  if (!wanted.kinds.empty() && !wanted.kinds.contains(to_text(finding.kind))) return false;
  if (wanted.accepted && *wanted.accepted != finding.accepted.has_value()) return false;
  return wanted.part.empty() || contains(finding.subscription_name, wanted.part) ||
         contains(finding.resource, wanted.part) || contains(finding.message, wanted.part) ||
         contains(finding.owner, wanted.part) || contains(to_text(finding.kind), wanted.part) ||
         contains(finding.modified.by, wanted.part) ||
         finding.subscription.text().find(wanted.part) != std::string::npos;
}

// nullopt: a word that is not a finding.
std::optional<std::set<std::string_view>> kinds_of(std::string_view text) {
  std::set<std::string_view> kinds;
  while (!text.empty()) {
    const auto kind = parse_finding_kind(take_entry(text));
    if (!kind) return std::nullopt;
    kinds.insert(to_text(*kind));
  }
  return kinds;
}

}  // namespace

Response api_findings(const FindingsSnapshot& findings, const Request& request) {
  const auto page = parse_page(request);
  if (!page) return error_response(400, request.path, page.error().message);
  const auto kinds = kinds_of(request.param("finding"));
  if (!kinds) return error_response(400, request.path, "finding: expected names of findings");
  const std::string_view accepted = request.param("accepted");
  if (!accepted.empty() && accepted != "true" && accepted != "false")
    return error_response(400, request.path, "accepted: expected true or false");
  const Wanted wanted{to_lower(trim(request.param("q"))), *kinds,
                      accepted.empty() ? std::nullopt : std::optional(accepted == "true")};
  std::vector<const Finding*> items;
  for (const Finding& finding : findings.findings) {
    if (matches(finding, wanted)) items.push_back(&finding);
  }
  std::stable_sort(items.begin(), items.end(), [](const Finding* a, const Finding* b) {
    return std::tuple(a->accepted.has_value(), b->since) <
           std::tuple(b->accepted.has_value(), a->since);
  });
  JsonWriter json;
  json.begin_object();
  json.member("enabled", findings.enabled);
  time_member(json, "lastRound", findings.last_round);
  time_member(json, "nextRound", findings.next_round);
  write_round(json, findings.round);
  json.member("failure", findings.failure);
  json.member("denied", findings.denied);
  json.key("accounts");
  json.begin_object();
  for (const AccountState state : kAllAccountStates)
    json.member(to_text(state), findings.accounts.at(static_cast<std::size_t>(state)));
  json.end_object();
  write_counts(json, "byFinding", findings.count);
  write_counts(json, "acceptedByFinding", findings.accepted_count);
  write_page(json, findings.findings.size(), items, *page,
             [&](const Finding* finding) { write_finding(json, *finding); });
  json.end_object();
  return json_response(json);
}

void write_findings_of(JsonWriter& json, const FindingsBoard& board, SubscriptionId id) {
  const auto snapshot = board.snapshot();
  json.key("findings");
  json.begin_array();
  for (const Finding& finding : snapshot->findings) {
    if (finding.subscription == id) write_finding(json, finding);
  }
  json.end_array();
  const auto inspection = board.inspection(id);
  json.key("aiAccounts");
  json.begin_array();
  if (inspection) {
    for (const InspectedAccount& account : inspection->accounts) write_account(json, account);
  }
  json.end_array();
}

}  // namespace defenderd
