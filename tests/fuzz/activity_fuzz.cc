// A page of the activity log and the link to the next one (arm/activity_client.h), and what is
// concluded from it. A line that starts with "http" is the nextLink of an else empty page.

#include "arm/activity_client.h"

#include "core/actor.h"
#include "fuzz/fixed_arm.h"
#include "fuzz/list_page.h"
#include "support/ids.h"

using namespace defenderd;
using fuzz::require;

namespace {

void check(const ActivityEvent& event) {
  require(event.address.empty(), "no address without permission");
  for (const std::string* text :
       {&event.operation, &event.resource_id, &event.phase, &event.status, &event.correlation_id,
        &event.caller, &event.upn, &event.name, &event.app_id, &event.object_id}) {
    fuzz::require_printable(*text, 256 + 3);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string page = fuzz::list_page(fuzz::text_of(data, size));
  const std::string path = "/subscriptions/" + guid(1) + "/providers/Microsoft.Insights/";
  fuzz::FixedArm arm([&](const HttpRequest& request) {
    require(request.origin == fuzz::FixedArm::origin(), "the token goes to ARM alone");
    require(iequals(std::string_view(request.target).substr(0, path.size()), path),
            "only the log of the subscription is asked for");
    for (const char c : request.target)
      require(c > ' ' && c < '\x7F' && c != '#', "a target is plain");
    return HttpResponse{200, {}, page};
  });
  ActivityClient client(arm.client(), fuzz::FixedArm::origin());
  ActivityQuery query{subscription_id(1)};
  query.to = WallTime(std::chrono::hours(24 * 365 * 60));
  const auto events = client.events(query, {});
  if (!events) {
    fuzz::require_sound(events.error());
    return 0;
  }
  require(events->size() <= 1000, "events are bounded");
  for (const ActivityEvent& event : *events) check(event);
  ActorQuestion question{subscription_id(1)};
  question.seen_at = query.to;
  const auto writes = find_writes(question, *events);
  require(writes.size() <= kMostWriters, "writers are bounded");
  std::vector<Actor> writers;
  for (const ActivityEvent* const write : writes) writers.push_back(actor_of(*write, *events));
  for (const Actor& writer : writers) require(!text_of(writer).empty(), "an actor has a text");
  if (!writers.empty())
    require(!text_of(one_of(std::move(writers))).empty(), "several have a text");
  return 0;
}
