#include "core/actor.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/text.h"
#include "base/time_text.h"
#include "core/plan_catalog.h"

namespace defenderd {
namespace {

// First-party applications that people use. Their ids are the same in every tenant.
constexpr std::array<std::pair<std::string_view, std::string_view>, 4> kKnownApplications{
    {{"c44b4083-3bb0-49c1-b47d-974e53cbdf3c", "Azure portal"},
     {"04b07795-8ddb-461a-bbee-02f9e1bf7b46", "Azure CLI"},
     {"1950a258-227b-4e31-a9cf-717495945fc2", "Azure PowerShell"},
     {"aebc6443-996d-45c2-90f0-388ff96faa56", "Visual Studio Code"}}};

std::string application_name(const std::string& app_id) {
  for (const auto& [id, name] : kKnownApplications) {
    if (iequals(id, app_id)) return std::string(name);
  }
  return app_id;
}

bool is_known_application(const std::string& app_id) { return application_name(app_id) != app_id; }

bool is_person(const ActivityEvent& event) {
  return !event.upn.empty() || event.caller.find('@') != std::string::npos ||
         is_known_application(event.app_id);
}

const std::string& first_of(const std::string& a, const std::string& b) {
  return a.empty() ? b : a;
}

std::string last_segment(const std::string& resource_id) {
  return resource_id.substr(resource_id.rfind('/') + 1);
}

// Whether it is the end of a write of the declared plan that ARM carried out.
bool is_write(const ActivityEvent& event, SubscriptionId subscription) {
  const std::string resource = "/subscriptions/" + subscription.text() +
                               "/providers/Microsoft.Security/pricings/" +
                               std::string(to_text(kDeclaredPlan));
  return iequals(event.operation, "Microsoft.Security/pricings/write") &&
         iequals(event.phase, "EndRequest") && iequals(event.status, "Succeeded") &&
         iequals(event.resource_id, resource);
}

bool contains(const std::vector<std::string>& ids, const std::string& id) {
  return std::find(ids.begin(), ids.end(), id) != ids.end();
}

// Times after `after`, up to `until`.
struct Span {
  WallTime after = {};
  WallTime until = {};
  [[nodiscard]] bool includes(WallTime at) const { return at > after && at <= until; }
};

using Writes = std::vector<const ActivityEvent*>;

// What lies between the writes of defenderd, by Azure's clock. Writes of other processes with its
// identity are told from its own by its own clock.
Span between_own(const ActorQuestion& question, const Writes& writes) {
  constexpr auto kLater = std::chrono::duration_cast<WallTime::duration>(kEndsLater);
  Span span{WallTime::min(), WallTime::max()};
  for (const ActivityEvent* const write : writes) {
    const bool is_own = contains(question.own_writes, write->correlation_id);
    if (is_own || (write->is_own && write->at > question.seen_at + kLater)) {
      span.until = std::min(span.until, write->at);
    } else if (contains(question.earlier_writes, write->correlation_id) ||
               (write->is_own && write->at <= question.as_declared_at)) {
      span.after = std::max(span.after, write->at);
    }
  }
  return span;
}

// As an event names them, before more is known of them.
std::string caller_of(const ActivityEvent& event) {
  if (event.is_own) return "self";
  if (is_person(event)) return to_lower(first_of(event.upn, first_of(event.caller, event.name)));
  return to_lower(first_of(event.app_id, first_of(event.caller, event.object_id)));
}

// The oldest first.
Writes last_of_each_caller(Writes writes) {
  std::stable_sort(writes.begin(), writes.end(),
                   [](const auto* a, const auto* b) { return a->at < b->at; });
  Writes last;
  for (auto it = writes.rbegin(); it != writes.rend() && last.size() < kMostWriters; ++it) {
    const std::string caller = caller_of(**it);
    const auto is_same = [&](const auto* known) { return caller_of(*known) == caller; };
    if (std::none_of(last.begin(), last.end(), is_same)) last.push_back(*it);
  }
  std::reverse(last.begin(), last.end());
  return last;
}

}  // namespace

std::string_view to_text(ActorKind kind) {
  switch (kind) {
    case ActorKind::User:
      return "user";
    case ActorKind::Application:
      return "application";
    case ActorKind::Policy:
      return "policy";
    case ActorKind::Self:
      return "self";
    case ActorKind::Several:
      return "several";
    case ActorKind::None:
      return "none";
  }
  return "none";
}

std::optional<ActorKind> parse_actor_kind(std::string_view text) {
  return find_by_text(kAllActorKinds, text);
}

std::string text_of(const Actor& actor) {
  if (actor.kind == ActorKind::None || actor.kind == ActorKind::Several) return actor.message;
  std::string text = actor.name;
  if (!actor.client.empty()) text += ", " + actor.client;
  if (!actor.address.empty()) text += ", from " + actor.address;
  return text;
}

std::vector<const ActivityEvent*> find_writes(const ActorQuestion& question,
                                              const std::vector<ActivityEvent>& events) {
  Writes writes;
  for (const ActivityEvent& event : events)
    if (is_write(event, question.subscription)) writes.push_back(&event);
  const Span between = between_own(question, writes);
  std::erase_if(writes, [&](const ActivityEvent* write) {
    return write->at <= between.after || write->at >= between.until ||
           contains(question.own_writes, write->correlation_id);
  });
  const auto within = [&](Duration before, Duration after) {
    const Span span{
        question.as_declared_at - std::chrono::duration_cast<WallTime::duration>(before),
        question.seen_at + std::chrono::duration_cast<WallTime::duration>(after)};
    Writes found;
    std::copy_if(writes.begin(), writes.end(), std::back_inserter(found),
                 [&](const ActivityEvent* write) { return span.includes(write->at); });
    return found;
  };
  Writes found = within(kClocksAgree, kEndsLater);
  const bool is_last = question.rounds + 1 >= static_cast<int>(kAskedAfter.size());
  if (found.empty() && is_last) found = within(kClocksDiffer, kClocksDiffer);
  return last_of_each_caller(std::move(found));
}

bool is_deployment(const ActivityEvent& event) {
  return iequals(event.operation, "Microsoft.Resources/deployments/write");
}

bool may_be_policy(const ActivityEvent& write) { return !write.is_own && !is_person(write); }

Actor actor_of(const ActivityEvent& write, const std::vector<ActivityEvent>& same_operation) {
  Actor actor;
  actor.at = write.at;
  actor.correlation_id = write.correlation_id;
  actor.address = write.address;
  const std::string& id = first_of(write.app_id, first_of(write.caller, write.object_id));
  if (write.is_own) {
    actor.kind = ActorKind::Self;
    actor.name = "defenderd's own identity " + id + ", used by another process";
    return actor;
  }
  if (is_person(write)) {
    actor.kind = ActorKind::User;
    actor.name = first_of(write.upn, first_of(write.name, write.caller));
    actor.client = application_name(write.app_id);
    return actor;
  }
  actor.kind = ActorKind::Application;
  actor.name = write.name.empty() ? "application " + id : write.name + " (application " + id + ")";
  const auto deployment =
      std::find_if(same_operation.begin(), same_operation.end(),
                   [](const ActivityEvent& event) { return is_deployment(event); });
  if (deployment == same_operation.end()) return actor;
  actor.kind = ActorKind::Policy;
  actor.name = "Azure Policy, managed identity " + (write.name.empty() ? id : write.name);
  actor.client = "deployment " + last_segment(deployment->resource_id);
  return actor;
}

Actor one_of(std::vector<Actor> writers) {
  Actor several;
  several.kind = ActorKind::Several;
  for (const Actor& writer : writers) {
    std::string text = text_of(writer);
    if (writer.at) text += " (" + format_rfc3339(*writer.at) + ")";
    several.message += (several.message.empty() ? "one of: " : ", ") + text;
    if (contains(several.names, writer.name)) continue;
    several.name += (several.names.empty() ? "" : " or ") + writer.name;
    several.names.push_back(writer.name);
  }
  return several.names.size() > 1 ? several : std::move(writers.back());
}

Actor nobody(const ActorQuestion& question) {
  Actor actor;
  actor.message = "no write in the activity log between " +
                  format_rfc3339(question.as_declared_at) + " and " +
                  format_rfc3339(question.seen_at) + ": the service itself changed it";
  return actor;
}

}  // namespace defenderd
