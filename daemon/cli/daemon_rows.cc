#include "cli/daemon_rows.h"

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/text.h"
#include "base/time_text.h"
#include "core/reason.h"
#include "telemetry/coverage_board.h"

namespace defenderd {
namespace {

std::string text_in(const JsonValue& object, std::string_view name) {
  return std::string(object.text_of(name));
}

bool flag_in(const JsonValue& object, std::string_view name) {
  return object.member(name).boolean().value_or(false);
}

bool is_on(const JsonValue& object, std::string_view name) { return object.text_of(name) == "on"; }

std::vector<AcceptedFinding> accepted_in(const JsonValue& row) {
  std::vector<AcceptedFinding> all;
  for (const JsonValue& item : row.member("acceptedFindings").items()) {
    const auto kind = parse_finding_kind(item.text_of("finding"));
    const auto until = time_in(item, "until");
    if (kind && until)
      all.push_back({*kind, text_in(item, "resource"), text_in(item, "reason"), *until});
  }
  return all;
}

void read_declaration(const JsonValue& row, DesiredSubscription& desired) {
  desired.name = row.text_of("name");
  desired.owner = row.text_of("owner");
  desired.source = row.text_of("source");
  desired.reason = row.text_of("declaredReason");
  desired.mode = row.text_of("mode") == to_text(Mode::Enforce) ? Mode::Enforce : Mode::Observe;
  desired.plan = is_on(row.member("desired"), "plan");
  for (const JsonMember& extension : row.member("declaredExtensions").members())
    desired.extensions.push_back({std::string(extension.name), extension.value.text() == "on"});
  if (row.text_of("unnamedExtensions") == "off")
    desired.unnamed_extensions = UnnamedExtensions::Off;
  const JsonValue suspend = row.member("suspend");
  if (const auto until = time_in(suspend, "until"))
    desired.suspend = Suspension{*until, text_in(suspend, "reason"), text_in(suspend, "by")};
  if (auto accepted = accepted_in(row); !accepted.empty()) desired.accepted = std::move(accepted);
}

Pricing pricing_of(const JsonValue& row) {
  Pricing pricing;
  const std::string plan = text_in(row.member("observed"), "plan");
  pricing.tier = plan == "on" ? Tier::Standard : plan == "off" ? Tier::Free : Tier::Other;
  pricing.tier_text = plan;
  for (const JsonMember& member : row.member("observedExtensions").members()) {
    Extension extension{std::string(member.name), std::nullopt};
    const std::string_view text = member.value.text().value_or("");
    if (text == "on" || text == "off") {
      extension.enabled = text == "on";
    } else {
      extension.enabled_text = text;
    }
    pricing.extensions.push_back(std::move(extension));
  }
  return pricing;
}

std::vector<Change> changes_in(const JsonValue& row) {
  std::vector<Change> changes;
  for (const JsonValue& item : row.member("pendingChanges").items()) {
    Change change{{Field::parse(kDeclaredPlan, text_in(item, "field")), is_on(item, "to"),
                   text_in(item, "from")}};
    const std::string_view result = item.text_of("result");
    if (result == to_text(ChangeResult::Withheld)) change.result = ChangeResult::Withheld;
    if (result == to_text(ChangeResult::Failed)) change.result = ChangeResult::Failed;
    change.reason = parse_reason(item.text_of("reason")).value_or(Reason::InternalError);
    change.message = item.text_of("message");
    changes.push_back(std::move(change));
  }
  return changes;
}

}  // namespace

std::optional<WallTime> time_in(const JsonValue& object, std::string_view name) {
  return parse_rfc3339(object.text_of(name));
}

std::optional<SweptSubscription> swept_of(const JsonValue& row) {
  const auto id = SubscriptionId::parse(row.text_of("id"));
  const std::string_view known = row.text_of("known");
  const auto reason = parse_reason(row.text_of("reason"));
  const auto state = parse_state(row.text_of("state"));
  if (!id || !reason || !state || known.empty()) return std::nullopt;
  SweptSubscription swept;
  Outcome& outcome = swept.outcome;
  outcome.desired.id = *id;
  read_declaration(row, outcome.desired);
  outcome.state = *state;
  outcome.reason = *reason;
  outcome.message = row.text_of("message");
  if (known == "not_known" || !row.member("observed").is_object()) return swept;
  outcome.observed = pricing_of(row);
  if (known == "as_declared") return swept;
  outcome.changes = changes_in(row);
  for (const JsonValue& item : row.member("drift").items()) {
    outcome.drift_left.push_back({Field::parse(kDeclaredPlan, text_in(item, "field")),
                                  is_on(item, "desired"), text_in(item, "observed")});
  }
  // It differs, whatever the rest of the row says.
  if (*state == State::Failing || outcome.drift_left.empty())
    outcome.failure = Failure{.reason = *reason, .message = outcome.message};
  return swept;
}

std::optional<Finding> finding_of(const JsonValue& row) {
  const auto kind = parse_finding_kind(row.text_of("finding"));
  const auto id = SubscriptionId::parse(row.text_of("subscriptionId"));
  if (!kind || !id) return std::nullopt;
  Finding finding{.kind = *kind,
                  .subscription = *id,
                  .subscription_name = text_in(row, "name"),
                  .owner = text_in(row, "owner"),
                  .resource = text_in(row, "resource"),
                  .message = text_in(row, "message")};
  const JsonValue modified = row.member("lastModified");
  finding.modified.by = modified.text_of("by");
  finding.modified.at = time_in(modified, "at");
  const JsonValue accepted = row.member("accepted");
  if (const auto until = time_in(accepted, "until"))
    finding.accepted = AcceptedFinding{*kind, {}, text_in(accepted, "reason"), *until};
  return finding;
}

std::optional<UncoveredSubscription> uncovered_of(const JsonValue& row) {
  const auto id = SubscriptionId::parse(row.text_of("id"));
  const auto reason = parse_coverage_reason(row.text_of("reason"));
  if (!id || !reason || *reason == CoverageReason::OutOfSight) return std::nullopt;
  UncoveredSubscription one{*id, printable(row.text_of("name")), {}, text_in(row, "state")};
  if (*reason == CoverageReason::ScopesDisagree) one.why = Uncovered::ScopesDisagree;
  if (*reason == CoverageReason::NotEnabled) one.why = Uncovered::NotEnabled;
  return one;
}

std::optional<CoverageRow> left_scope_of(const JsonValue& row) {
  const auto id = SubscriptionId::parse(row.text_of("id"));
  const auto reason = parse_coverage_reason(row.text_of("reason"));
  if (!id || (reason != CoverageReason::LeftScope && reason != CoverageReason::OutOfSight))
    return std::nullopt;
  return CoverageRow{.id = *id, .name = printable(row.text_of("name")), .reason = *reason};
}

Freezes::Listed freeze_of(const JsonValue& row) {
  auto freeze = std::make_shared<Freeze>();
  freeze->reason = row.text_of("reason");
  freeze->by = row.text_of("by");
  freeze->until = time_in(row, "ends");
  freeze->except_enable = flag_in(row, "exceptEnable");
  if (flag_in(row, "weekly")) freeze->weekly.emplace();
  for (const JsonValue& owner : row.member("owners").items())
    freeze->owners.emplace_back(owner.text().value_or(""));
  Freezes::Listed listed{freeze};
  if (flag_in(row, "inForce")) {
    listed.span = FreezeSpan{std::nullopt, freeze->until};
  } else if (const auto next = time_in(row, "next")) {
    listed.span = FreezeSpan{next, freeze->until};
  }
  return listed;
}

JournalLine line_of(const JsonValue& row) {
  const std::string_view event = row.text_of("event");
  const JsonValue actor = row.member("actor");
  JournalLine line;
  line.time = row.text_of("at");
  // The activity log's answer has been added to the drift.
  const bool is_attributed = event == "drift" && actor.is_object();
  line.result = event == "correction"
                    ? text_in(row, "result")
                    : std::string(is_attributed ? journal_result::kAttributed : event);
  line.subscription_id = row.text_of("subscriptionId");
  line.name = row.text_of("name");
  line.field = row.text_of("field");
  line.from = row.text_of("from");
  line.to = row.text_of("to");
  line.since = row.text_of("since");
  line.actor_kind = actor.text_of("kind");
  line.actor = actor.text_of("name");
  for (const JsonValue& name : actor.member("names").items())
    line.actors.emplace_back(name.text().value_or(""));
  line.client = actor.text_of("client");
  line.happened = actor.text_of("at");
  line.reason = row.text_of("reason");
  line.resource = row.text_of("resource");
  line.message = row.text_of("message");
  line.declared_reason = row.text_of("why");
  line.by = row.text_of("by");
  line.confirmed = row.text_of("confirmedBy");
  line.was_withheld = row.text_of("wasWithheld");
  line.maybe_applied = flag_in(row, "maybeApplied");
  line.commit = row.text_of("commit");
  line.replica = row.text_of("replica");
  line.request_id = row.text_of("requestId");
  return line;
}

}  // namespace defenderd
