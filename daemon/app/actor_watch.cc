#include "app/actor_watch.h"

#include <algorithm>
#include <utility>

#include "base/list_text.h"
#include "base/time_text.h"
#include "base/with_count.h"
#include "core/tenant_text.h"

namespace defenderd {
namespace {

std::string span_text(WallTime from, WallTime to) {
  const auto span = std::chrono::floor<std::chrono::seconds>(std::max(from, to) - from);
  return format_duration(span);
}

bool is_corrected(const StatusRow& row, const ActorQuestion& question) {
  if (!row.last_change || *row.last_change < question.seen_at) return false;
  const auto& left = row.differences->drift;
  return std::none_of(left.begin(), left.end(), [&](const DriftSince& drift) {
    const auto& fields = question.fields;
    return std::find(fields.begin(), fields.end(), drift.drift.field) != fields.end();
  });
}

// "plan changed by alice@contoso.com, Azure portal, at ...; not as declared until ..., 2m"
std::string message_of(const ActorQuestion& question, const Actor& actor, const StatusRow& row) {
  const std::string fields = joined(question.fields, &Field::text);
  if (actor.kind == ActorKind::None) return fields + ": " + actor.message;
  std::string text = fields + " changed by " + text_of(actor);
  const WallTime since = actor.at.value_or(question.seen_at);
  if (actor.at) text += ", at " + format_rfc3339(*actor.at);
  if (is_corrected(row, question)) {
    return text + "; not as declared until " + format_rfc3339(*row.last_change) + ", " +
           span_text(since, *row.last_change);
  }
  return text;
}

}  // namespace

Attributor::Options attributor_options(const AzureSettings& azure) {
  return {azure.activity_log, azure.activity_log_addresses};
}

std::string last_writer(const StatusBoard& board, SubscriptionId id, const Field& field) {
  const auto row = board.find(id);
  if (!row || !row->differences->attribution) return "";
  const auto& [fields, seen_at, actor] = *row->differences->attribution;
  if (actor.kind == ActorKind::None ||
      std::find(fields.begin(), fields.end(), field) == fields.end())
    return "";
  return text_of(actor) + (actor.at ? ", at " + format_rfc3339(*actor.at) : "");
}

Attributor::Listener ActorWatch::listener() {
  Attributor::Listener listener;
  listener.is_declared = [this](SubscriptionId id) { return parts_.board.find(id) != nullptr; };
  listener.answered = [this](const ActorQuestion& question, const Actor& actor) {
    answered(question, actor);
  };
  listener.denied = [this](const std::optional<TenantId>& tenant, const Failure& failure) {
    denied(tenant, failure);
  };
  listener.permitted = [this](const std::optional<TenantId>& /*tenant*/) {
    parts_.log.log(LogLevel::Info, log_event::kActivityLog, "the activity log can be read again");
  };
  listener.idle = [this](std::size_t dropped) { idle(dropped); };
  return listener;
}

void ActorWatch::found(const StatusRow& before, const Outcome& outcome,
                       const std::vector<DriftSeen>& seen) {
  if (!before.last_observed()) return;
  ActorQuestion question{outcome.desired.id, outcome.desired.tenant};
  question.as_declared_at = *before.last_observed();
  for (const DriftSeen& drift : seen) {
    if (!drift.as_declared) continue;
    question.fields.push_back(drift.drift.field);
    question.seen_at = drift.since;
  }
  if (question.fields.empty()) return;
  for (const Change& change : outcome.changes) {
    if (!change.trace.correlation_id.empty())
      question.own_writes.push_back(change.trace.correlation_id);
  }
  for (const Change& change : before.differences->last_changes) {
    if (!change.trace.correlation_id.empty())
      question.earlier_writes.push_back(change.trace.correlation_id);
  }
  const auto& known = before.differences->attribution;
  if (known && !known->actor.correlation_id.empty())
    question.earlier_writes.push_back(known->actor.correlation_id);
  parts_.ask(std::move(question));
}

void ActorWatch::answered(const ActorQuestion& question, const Actor& actor) {
  const auto row = parts_.board.find(question.subscription);
  if (!row) return;
  const std::string message = message_of(question, actor, *row);
  const Attribution attribution{question.fields, question.seen_at, actor};
  parts_.journal.record(row->desired, attribution, message);
  parts_.board.attribute(question.subscription, attribution);
  parts_.metrics.attributed(actor.kind);
  {
    const MutexLock lock(mutex_);
    if (++changed_[{actor.kind, actor.name}] > kLinesPerActor) return;
  }
  parts_.log.log(actor.kind == ActorKind::None ? LogLevel::Info : LogLevel::Warn,
                 log_event::kAttributed, message,
                 {{log_key::kSubscriptionId, question.subscription.text()},
                  {log_key::kName, row->desired->name},
                  {log_key::kField, joined(question.fields, &Field::text)},
                  {log_key::kActor, actor.name},
                  {log_key::kClient, actor.client},
                  {log_key::kCorrelationId, actor.correlation_id}});
}

void ActorWatch::denied(const std::optional<TenantId>& tenant, const Failure& failure) {
  parts_.log.log(LogLevel::Warn, log_event::kActivityLog, failure.message,
                 {{log_key::kTenant, id_text(tenant)},
                  {log_key::kRequestId, failure.trace.request_id},
                  {log_key::kCorrelationId, failure.trace.correlation_id}});
}

void ActorWatch::idle(std::size_t dropped) {
  Changed changed;
  {
    const MutexLock lock(mutex_);
    changed = std::exchange(changed_, {});
  }
  parts_.metrics.attributed(ActorKind::None, dropped);
  for (const auto& [actor, count] : changed) {
    if (count <= kLinesPerActor) continue;
    const std::string& name = actor.second;
    const std::string all = std::to_string(count);
    std::string message = name.empty() ? "no actor is known for " : name;
    if (!name.empty()) message += " changed ";
    message.append(all).append(" subscriptions; the journal names them");
    parts_.log.log(LogLevel::Warn, log_event::kAttributed, message,
                   {{log_key::kActor, name}, {log_key::kCount, all}});
  }
  if (dropped == 0) return;
  const std::string count = std::to_string(dropped);
  parts_.log.log(LogLevel::Warn, log_event::kAttributed,
                 with_count(dropped, "more drift found at the same time was",
                            "more drifts found at the same time were") +
                     " not looked up in the activity log: at most " +
                     std::to_string(kMostQuestions) + " are looked up at once, and " +
                     std::to_string(kMostOfOne) + " of one subscription",
                 {{log_key::kCount, count}});
}

}  // namespace defenderd
