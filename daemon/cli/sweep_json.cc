// The JSON form of a sweep's report. config/README.md documents its members: they are a contract.

#include "base/json_writer.h"
#include "base/scrub.h"
#include "cli/findings_report.h"
#include "cli/sweep_counts.h"
#include "cli/sweep_report.h"

namespace defenderd {
namespace {

void text_or_null(JsonWriter& json, std::string_view name, const std::string& text) {
  json.key(name);
  if (text.empty()) {
    json.null();
  } else {
    json.value(text);
  }
}

void write_change(JsonWriter& json, const Change& change) {
  const bool explained = change.result == ChangeResult::Withheld ||
                         change.result == ChangeResult::Failed ||
                         (change.result == ChangeResult::Planned && !change.message.empty());
  json.begin_object();
  json.member("field", change.drift.field.text());
  json.member("observed", change.drift.observed);
  json.member("desired", on_off(change.drift.desired));
  json.member("result", to_text(change.result));
  text_or_null(json, "reason", explained ? std::string(to_text(change.reason)) : "");
  text_or_null(json, "message", explained ? outgoing_text(change.message) : "");
  json.end_object();
}

void write_subscription(JsonWriter& json, const SweptSubscription& swept) {
  const Outcome& outcome = swept.outcome;
  json.begin_object();
  json.member("id", outcome.desired.id.text());
  json.member("name", outcome.desired.name);
  json.member("source", outcome.desired.source);
  json.member("wave", outcome.desired.wave);
  json.member("observed", outcome.observed.has_value());
  json.member("state", to_text(outcome.state));
  text_or_null(json, "skipped", swept.skipped);
  json.key("changes");
  json.begin_array();
  for (const Change& change : swept.applied) write_change(json, change);
  for (const Change& change : outcome.changes) write_change(json, change);
  json.end_array();
  json.key("failure");
  if (outcome.failure) {
    json.begin_object();
    json.member("reason", to_text(outcome.failure->reason));
    json.member("message", outgoing_text(outcome.failure->message));
    json.end_object();
  } else {
    json.null();
  }
  json.end_object();
}

bool has_news(const SweptSubscription& swept) {
  const Outcome& outcome = swept.outcome;
  if (!swept.selected) return false;
  return !outcome.observed || outcome.failure || !outcome.changes.empty() || !swept.applied.empty();
}

}  // namespace

std::string as_json(const SweepResult& result, std::string_view kind,
                    const std::vector<Finding>& findings) {
  const SweepCounts counts = count(result);
  JsonWriter json;
  json.begin_object();
  json.member("apiVersion", "defenderd/v1");
  json.member("kind", kind);
  json.key("summary");
  json.begin_object();
  json.member("subscriptions", counts.subscriptions);
  json.member("inSync", counts.in_sync);
  json.member("differ", counts.differ());
  json.member("notObserved", counts.not_readable + counts.not_reached);
  json.member("notSelected", counts.not_selected);
  json.member("changesApplied", counts.changes_applied);
  json.member("changesPlanned", counts.changes_planned);
  json.member("changesWithheld", counts.changes_withheld);
  json.member("changesFailed", counts.changes_failed);
  json.end_object();
  json.member("stopped", result.stopped);
  text_or_null(json, "confirmCode", result.confirm_code);
  json.key("subscriptions");
  json.begin_array();
  for (const SweptSubscription& swept : result.subscriptions) {
    if (has_news(swept)) write_subscription(json, swept);
  }
  json.end_array();
  write_findings(json, findings);
  json.end_object();
  return json.take() + "\n";
}

}  // namespace defenderd
