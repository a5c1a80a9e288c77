#include "server/changes_api.h"

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/json_writer.h"
#include "base/list_text.h"
#include "base/text.h"
#include "core/ids.h"
#include "server/board_json.h"
#include "server/lines_json.h"
#include "server/parameters.h"
#include "server/row_json.h"

namespace defenderd {
namespace {

using EventSet = std::array<bool, kAllChangeEvents.size()>;

// "drift,correction"; all if it is empty.
Result<EventSet> parse_events(std::string_view text) {
  EventSet wanted{};
  if (text.empty()) {
    wanted.fill(true);
    return wanted;
  }
  while (!text.empty()) {
    const std::string_view word = take_entry(text);
    const auto event = parse_change_event(word);
    if (!event) {
      const std::string all = joined(kAllChangeEvents, [](ChangeEvent e) { return to_text(e); });
      return Unexpected(Error{"event \"" + printable(word, 64) + "\" is none of " + all});
    }
    wanted.at(static_cast<std::size_t>(*event)) = true;
  }
  return wanted;
}

struct ChangesWanted {
  std::size_t limit = 0;
  std::optional<ChangePlace> before = {};
  std::optional<SubscriptionId> subscription = {};
  EventSet events = {};

  [[nodiscard]] bool includes(const ChangeItem& item) const {
    return (!before || item.place < *before) &&
           (!subscription || item.subscription == subscription) &&
           events.at(static_cast<std::size_t>(item.event));
  }
};

Result<ChangesWanted> parse_wanted(const Request& request) {
  constexpr std::size_t kDefaultLimit = 50;
  constexpr std::size_t kMaxLimit = 500;
  ChangesWanted wanted;
  const auto limit = parse_count("limit", request.param("limit"), kDefaultLimit, kMaxLimit);
  if (!limit) return Unexpected(limit.error());
  wanted.limit = *limit;
  if (wanted.limit == 0) return Unexpected(Error{"limit must be at least 1"});
  if (const std::string_view before = request.param("before"); !before.empty()) {
    wanted.before = parse_change_place(before);
    if (!wanted.before) return Unexpected(Error{"before must be the `next` of an earlier answer"});
  }
  if (const std::string_view id = request.param("subscription"); !id.empty()) {
    wanted.subscription = SubscriptionId::parse(id);
    if (!wanted.subscription)
      return Unexpected(Error{"subscription must be the GUID of a subscription"});
  }
  auto events = parse_events(request.param("event"));
  if (!events) return Unexpected(events.error());
  wanted.events = *events;
  return wanted;
}

void write_actor(JsonWriter& json, const JournalLine& line) {
  if (line.actor.empty() && line.actor_kind.empty()) return;
  json.key("actor");
  json.begin_object();
  text_member(json, "kind", line.actor_kind);
  json.member("name", line.actor);
  texts_member(json, "names", line.actors);
  text_member(json, "client", line.client);
  text_member(json, "at", line.happened);
  json.end_object();
}

void write_item(JsonWriter& json, const ChangeItem& item, const JournalLine& line) {
  json.begin_object();
  json.member("at", line.time);
  json.member("event", to_text(item.event));
  text_member(json, "subscriptionId", line.subscription_id);
  text_member(json, "name", line.name);
  text_member(json, "field", line.field);
  text_member(json, "from", line.from);
  text_member(json, "to", line.to);
  text_member(json, "result", item.result);
  text_member(json, "since", line.since);
  if (item.begun && item.until)
    json.member("durationSeconds", whole_seconds(*item.begun, *item.until));
  write_actor(json, line);
  text_member(json, "reason", line.reason);
  text_member(json, "by", line.by);
  text_member(json, "wasWithheld", line.was_withheld);
  if (line.maybe_applied) json.member("maybeApplied", true);
  text_member(json, "confirmedBy", line.confirmed);
  text_member(json, "why", line.declared_reason);
  text_member(json, "message", line.message);
  text_member(json, "resource", line.resource);
  text_member(json, "commit", line.commit);
  text_member(json, "replica", line.replica);
  text_member(json, "requestId", line.request_id);
  json.end_object();
}

}  // namespace

Response api_changes(const ChangeFeed::Snapshot& feed, const Request& request) {
  const auto wanted = parse_wanted(request);
  if (!wanted) return error_response(400, request.path, wanted.error().message);
  std::size_t shown = 0;
  std::optional<std::string> next;
  std::optional<ChangePlace> last;
  JsonWriter json;
  json.begin_object();
  json.member("apiVersion", kApiVersion);
  json.member("kind", "Changes");
  time_member(json, "since", feed.since);
  json.key("items");
  json.begin_array();
  for (std::size_t left = feed.items.size(); left > 0; --left) {
    const ChangeItem& item = *feed.items[left - 1];
    if (!wanted->includes(item)) continue;
    if (shown == wanted->limit) {
      next = to_text(*last);
      break;
    }
    const auto line = item.line();
    if (!line) continue;
    write_item(json, item, *line);
    last = item.place;
    ++shown;
  }
  json.end_array();
  json.member("next", next);
  json.end_object();
  return json_response(json);
}

}  // namespace defenderd
