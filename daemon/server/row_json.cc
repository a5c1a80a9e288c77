#include "server/row_json.h"

#include <optional>
#include <string>
#include <vector>

#include "base/time_text.h"
#include "telemetry/remembered_json.h"

namespace defenderd {
namespace {

void on_off_member(JsonWriter& json, std::string_view name, std::optional<bool> on) {
  json.key(name);
  if (on) {
    json.value(on_off(*on));
  } else {
    json.null();
  }
}

void write_desired(JsonWriter& json, const DesiredSubscription& desired) {
  json.key("desired");
  json.begin_object();
  on_off_member(json, "plan", desired.plan);
  // Extensions are irrelevant while the plan is off; null is "not managed".
  on_off_member(json, "promptEvidence",
                desired.plan ? desired.extension(kPromptEvidence) : std::nullopt);
  json.end_object();
}

void write_tags(JsonWriter& json, const std::vector<Tag>& tags) {
  if (tags.empty()) return;
  json.key("tags");
  json.begin_object();
  for (const Tag& tag : tags) json.member(tag.name, tag.value);
  json.end_object();
}

void write_observed(JsonWriter& json, const Pricing* observed) {
  json.key("observed");
  if (observed == nullptr) {
    json.null();
    return;
  }
  json.begin_object();
  json.member("plan", observed_text(*observed, Field::plan(kDeclaredPlan)));
  json.member(
      "promptEvidence",
      observed_text(*observed, Field::extension(kDeclaredPlan, std::string(kPromptEvidence))));
  json.end_object();
}

void write_actor(JsonWriter& json, const Actor& actor) {
  json.begin_object();
  write_members(json, actor);
  json.end_object();
}

void write_attribution(JsonWriter& json, const Attribution& attribution) {
  json.key("lastActor");
  json.begin_object();
  json.key("fields");
  json.begin_array();
  for (const Field& field : attribution.fields) json.value(field.text());
  json.end_array();
  json.member("seen", format_rfc3339(attribution.seen_at));
  json.key("actor");
  write_actor(json, attribution.actor);
  json.end_object();
}

void write_changes(JsonWriter& json, std::string_view name, const std::vector<Change>& changes) {
  json.key(name);
  json.begin_array();
  for (const Change& change : changes) {
    json.begin_object();
    json.member("field", change.drift.field.text());
    json.member("from", change.drift.observed);
    json.member("to", on_off(change.drift.desired));
    json.member("result", to_text(change.result));
    json.member("reason", to_text(change.reason));
    text_member(json, "message", change.message);
    text_member(json, "requestId", change.trace.request_id);
    json.end_object();
  }
  json.end_array();
}

void write_conditions(JsonWriter& json, const StatusRow& row) {
  json.key("conditions");
  json.begin_array();
  for (const Condition& condition : row.conditions) {
    json.begin_object();
    json.member("type", to_text(condition.type));
    json.member("status", to_text(condition.status));
    json.member("reason", to_text(condition.reason));
    json.member("message", *condition.message);
    json.member("lastTransitionTime", format_rfc3339(condition.last_transition));
    json.end_object();
  }
  json.end_array();
}

void write_accepted(JsonWriter& json, const DesiredSubscription& desired) {
  json.key("acceptedFindings");
  json.begin_array();
  if (desired.accepted) {
    for (const AcceptedFinding& accepted : *desired.accepted) {
      json.begin_object();
      json.member("finding", to_text(accepted.finding));
      text_member(json, "resource", accepted.resource);
      json.member("reason", accepted.reason);
      json.member("until", format_rfc3339(accepted.until));
      json.end_object();
    }
  }
  json.end_array();
}

void write_extensions(JsonWriter& json, const StatusRow& row) {
  json.key("declaredExtensions");
  json.begin_object();
  for (const DesiredExtension& extension : row.desired->extensions) {
    json.member(extension.name, on_off(extension.on));
  }
  json.end_object();
  json.member("unnamedExtensions",
              row.desired->unnamed_extensions == UnnamedExtensions::Off ? "off" : "leave");
  json.key("observedExtensions");
  json.begin_object();
  if (row.observed) {
    for (const Extension& extension : row.observed->extensions) {
      json.member(extension.name,
                  extension.enabled ? on_off(*extension.enabled) : extension.enabled_text);
    }
  }
  json.end_object();
}

}  // namespace

void texts_member(JsonWriter& json, std::string_view name, const std::vector<std::string>& texts) {
  if (texts.empty()) return;
  json.key(name);
  json.begin_array();
  for (const std::string& text : texts) json.value(text);
  json.end_array();
}

void text_member(JsonWriter& json, std::string_view name, std::string_view text) {
  if (!text.empty()) json.member(name, text);
}

void time_member(JsonWriter& json, std::string_view name, std::optional<WallTime> time) {
  json.member(name, time ? std::optional(format_rfc3339(*time)) : std::nullopt);
}

void write_summary(JsonWriter& json, const StatusRow& row) {
  json.member("id", row.desired->id.text());
  json.member("name", row.desired->name);
  text_member(json, "owner", row.desired->owner);
  text_member(json, "source", row.desired->source);
  write_tags(json, *row.tags);
  if (row.desired->tenant) json.member("tenantId", row.desired->tenant->text());
  json.member("mode", to_text(row.desired->mode));
  if (row.desired->suspend)
    json.member("suspendedUntil", format_rfc3339(row.desired->suspend->until));
  json.member("state", to_text(row.state));
  json.member("stateSince", format_rfc3339(row.state_since));
  json.member("reason", to_text(row.reason));
  json.member("message", *row.message);
  json.member("known", to_text(row.known()));
  json.member("lastKnown", last_known_text(row.last_known));
  write_desired(json, row.desired);
  write_observed(json, row.observed.get());
  json.key("drift");
  json.begin_array();
  for (const DriftSince& left : row.differences->drift) {
    json.begin_object();
    json.member("field", left.drift.field.text());
    json.member("desired", on_off(left.drift.desired));
    json.member("observed", left.drift.observed);
    json.member("since", format_rfc3339(left.since));
    if (const Actor* const actor = row.differences->actor_of(left)) {
      json.key("actor");
      write_actor(json, *actor);
    }
    json.end_object();
  }
  json.end_array();
  if (row.differences->attribution) write_attribution(json, *row.differences->attribution);
  time_member(json, "lastObserved", row.last_observed());
  const auto by = row.observed_by();
  json.member("observedBy", by ? std::optional<std::string>(to_text(*by)) : std::nullopt);
  time_member(json, "lastChange", row.last_change);
  time_member(json, "nextDue", row.next_due);
}

void write_details(JsonWriter& json, const StatusRow& row) {
  const DesiredSubscription& desired = row.desired;
  text_member(json, "declaredReason", desired.reason);
  if (desired.suspend) {
    json.key("suspend");
    json.begin_object();
    json.member("until", format_rfc3339(desired.suspend->until));
    text_member(json, "reason", desired.suspend->reason);
    text_member(json, "by", desired.suspend->by);
    json.end_object();
  }
  write_accepted(json, desired);
  write_extensions(json, row);
  if (row.observed) {
    text_member(json, "coverage", row.observed->coverage);
    text_member(json, "freeTrialRemaining", row.observed->free_trial_remaining);
  }
  write_conditions(json, row);
  write_changes(json, "pendingChanges", row.differences->pending);
  write_changes(json, "lastChanges", row.differences->last_changes);
  json.key("switchedOnByService");
  json.begin_array();
  for (const std::string& name : row.differences->switched_on_by_service) json.value(name);
  json.end_array();
  time_member(json, "lastAttempt", row.last_attempt);
  time_member(json, "lastObservedDirectly", row.observed_directly);
  json.member("consecutiveFailures", row.consecutive_failures);
  json.key("trace");
  json.begin_object();
  text_member(json, "requestId", row.differences->trace.request_id);
  text_member(json, "correlationId", row.differences->trace.correlation_id);
  text_member(json, "clientRequestId", row.differences->trace.client_request_id);
  json.end_object();
}

}  // namespace defenderd
