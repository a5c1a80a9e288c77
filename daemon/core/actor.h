#pragma once
// Who changed a subscription: what Azure's activity log says of a write, and what is concluded from
// it. Pure.

#include <array>
#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "core/diff.h"
#include "core/ids.h"

namespace defenderd {

// Several: more than one wrote at that time, and the log does not say which of them changed it.
// None: no actor is known. The message says why.
enum class ActorKind { User, Application, Policy, Self, Several, None };
inline constexpr std::array kAllActorKinds{ActorKind::User,    ActorKind::Application,
                                           ActorKind::Policy,  ActorKind::Self,
                                           ActorKind::Several, ActorKind::None};
[[nodiscard]] std::string_view to_text(ActorKind kind);  // "user"
[[nodiscard]] std::optional<ActorKind> parse_actor_kind(std::string_view text);

struct Actor {
  ActorKind kind = ActorKind::None;
  // Of the person, or of the application, else its id; of several "alice@contoso.com or bob@..."
  std::string name = {};
  std::string client = {};   // the application that a person used, or the policy's deployment
  std::string address = {};  // IP; only with azure.activityLogAddresses
  std::optional<WallTime> at = {};  // when ARM took the write
  std::string correlation_id = {};  // of the write
  std::string message = {};  // of None: why no actor is known; of Several: who wrote, and when
  std::vector<std::string> names = {};  // of Several, in the order in which they wrote
  bool operator==(const Actor&) const = default;
};

// "alice@contoso.com, Azure portal", or the message of one that has no name. Without the time.
[[nodiscard]] std::string text_of(const Actor& actor);

// One event of the activity log. Of its claims, only what names the caller is kept.
struct ActivityEvent {
  WallTime at = {};
  std::string operation = {};    // "Microsoft.Security/pricings/write", in any case
  std::string resource_id = {};  // in any case
  std::string phase = {};        // eventName: BeginRequest, EndRequest
  std::string status = {};       // Started, Accepted, Succeeded, Failed
  std::string correlation_id = {};
  std::string caller = {};  // a person's UPN, an application's GUID
  std::string upn = {};
  std::string name = {};
  std::string app_id = {};
  std::string object_id = {};
  std::string address = {};
  bool is_own = false;  // by the identity that defenderd uses
  bool operator==(const ActivityEvent&) const = default;
};

// Who changed these fields between two observations?
struct ActorQuestion {
  SubscriptionId subscription;
  std::optional<TenantId> tenant = {};
  std::vector<Field> fields = {};
  WallTime as_declared_at = {};              // the last observation before the change
  WallTime seen_at = {};                     // the first one after it
  std::vector<std::string> own_writes = {};  // correlation ids of the corrections
  int rounds = 0;                            // of asking, so far
  // Correlation ids of writes before the change: their result was seen as declared, or caused an
  // earlier drift.
  std::vector<std::string> earlier_writes = {};
  bool operator==(const ActorQuestion&) const = default;
};

// The log lags by 3 to 20 minutes, so it is asked this long after the change was seen, until it
// names somebody.
inline constexpr std::array<Duration, 5> kAskedAfter{
    std::chrono::minutes(0), std::chrono::minutes(2), std::chrono::minutes(5),
    std::chrono::minutes(10), std::chrono::minutes(20)};

// Clocks of Azure and of this machine differ. Because another write may be meant, one that is
// outside of the two observations counts only in the last round.
inline constexpr Duration kClocksDiffer = std::chrono::minutes(5);
// What clocks that are set by NTP, and times in whole milliseconds, may differ by.
inline constexpr Duration kClocksAgree = std::chrono::seconds(1);
// The log says when the answer to a write was sent, which is a little after its effect.
inline constexpr Duration kEndsLater = std::chrono::seconds(10);

inline constexpr std::size_t kMostWriters = 5;

// The last write of each caller that can have made the change, the oldest first, of at most
// kMostWriters. Among the writes, Azure's own times count: none that defenderd's earlier or later
// write has replaced.
[[nodiscard]] std::vector<const ActivityEvent*> find_writes(
    const ActorQuestion& question, const std::vector<ActivityEvent>& events);

// Whether an event is a deployment, which Azure Policy makes to change what does not comply.
[[nodiscard]] bool is_deployment(const ActivityEvent& event);

// `same_operation`: all events of the write's correlation id, where they were asked for.
[[nodiscard]] Actor actor_of(const ActivityEvent& write,
                             const std::vector<ActivityEvent>& same_operation);

// Whether the events of the write's correlation id say more: an application may be a policy.
[[nodiscard]] bool may_be_policy(const ActivityEvent& write);

// `writers`: the actors of find_writes(), at least one.
[[nodiscard]] Actor one_of(std::vector<Actor> writers);

// The log has been read to its end and has no such write.
[[nodiscard]] Actor nobody(const ActorQuestion& question);

}  // namespace defenderd
