#include "core/actor.h"

#include <algorithm>
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

bool is_of(const ActorQuestion& question, const ActivityEvent& event) {
  if (!is_write(event, question.subscription)) return false;
  const auto& own = question.own_writes;
  if (std::find(own.begin(), own.end(), event.correlation_id) != own.end()) return false;
  // What defenderd wrote before it saw the field as declared did not change it; its own clock
  // decides nothing about the writes of others.
  const auto tolerance = std::chrono::duration_cast<WallTime::duration>(kClocksDiffer);
  const WallTime from =
      event.is_own ? question.as_declared_at : question.as_declared_at - tolerance;
  return event.at > from && event.at <= question.seen_at + tolerance;
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
    case ActorKind::None:
      return "none";
  }
  return "none";
}

std::optional<ActorKind> parse_actor_kind(std::string_view text) {
  return find_by_text(kAllActorKinds, text);
}

std::string text_of(const Actor& actor) {
  if (actor.kind == ActorKind::None) return actor.message;
  std::string text = actor.name;
  if (!actor.client.empty()) text += ", " + actor.client;
  if (!actor.address.empty()) text += ", from " + actor.address;
  return text;
}

const ActivityEvent* find_write(const ActorQuestion& question,
                                const std::vector<ActivityEvent>& events) {
  const ActivityEvent* last = nullptr;
  for (const ActivityEvent& event : events) {
    if (is_of(question, event) && (last == nullptr || event.at > last->at)) last = &event;
  }
  return last;
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

Actor nobody(const ActorQuestion& question) {
  Actor actor;
  actor.message = "no write in the activity log between " +
                  format_rfc3339(question.as_declared_at) + " and " +
                  format_rfc3339(question.seen_at) + ": the service itself changed it";
  return actor;
}

}  // namespace defenderd
