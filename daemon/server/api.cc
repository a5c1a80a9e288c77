#include "server/api.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "base/list_text.h"
#include "base/time_text.h"
#include "server/board_json.h"
#include "server/endpoints.h"
#include "server/findings_api.h"
#include "server/lines_json.h"
#include "server/page_json.h"
#include "server/parameters.h"
#include "server/row_json.h"

namespace defenderd {
namespace {

constexpr std::size_t kBytesPerRow = 700;

using Rows = std::vector<std::shared_ptr<const StatusRow>>;

// Rows that need a person come first.
int severity(State state) {
  switch (state) {
    case State::Failing:
      return 0;
    case State::Contested:
      return 1;
    case State::Held:
      return 2;
    case State::Drifted:
      return 3;
    case State::Unknown:
      return 4;
    case State::Suspended:
      return 5;
    case State::InSync:
      return 6;
  }
  return 6;
}

void sort_worst_first(Rows& rows) {
  std::sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) {
    return std::tuple(severity(a->state), a->state_since, std::string_view(a->desired->name),
                      a->desired->id) < std::tuple(severity(b->state), b->state_since,
                                                   std::string_view(b->desired->name),
                                                   b->desired->id);
  });
}

using StateSet = std::array<bool, kAllStates.size()>;

// "failing,held"; all if it is empty.
Result<StateSet> parse_states(std::string_view text) {
  StateSet wanted{};
  if (text.empty()) {
    wanted.fill(true);
    return wanted;
  }
  while (!text.empty()) {
    const std::string_view word = take_entry(text);
    const auto state = parse_state(word);
    if (!state) {
      const std::string all = joined(kAllStates, [](State s) { return to_text(s); });
      return Unexpected(Error{"state \"" + printable(word, 64) + "\" is none of " + all});
    }
    wanted[static_cast<std::size_t>(*state)] = true;
  }
  return wanted;
}

bool matches(const StatusRow& row, std::string_view lower_part) {
  return lower_part.empty() || contains(row.desired->name, lower_part) ||
         row.desired->id.text().find(lower_part) != std::string::npos ||
         contains(to_text(row.reason), lower_part) || contains(*row.message, lower_part) ||
         contains(row.desired->owner, lower_part) || contains(row.desired->source, lower_part) ||
         std::any_of(row.tags->begin(), row.tags->end(), [&](const Tag& tag) {
           return contains(tag.name + "=" + tag.value, lower_part);
         });
}

}  // namespace

Response api_subscriptions(const StatusSnapshot& snapshot, const Request& request) {
  const auto states = parse_states(request.param("state"));
  if (!states) return error_response(400, request.path, states.error().message);
  const auto page = parse_page(request);
  if (!page) return error_response(400, request.path, page.error().message);
  const auto since = parse_count("since", request.param("since"), 0, kAnyNumber);
  if (!since) return error_response(400, request.path, since.error().message);

  const std::string part = to_lower(trim(request.param("q")));
  Rows rows;
  std::copy_if(snapshot.rows.begin(), snapshot.rows.end(), std::back_inserter(rows),
               [&](const auto& row) {
                 return row->revision > *since && (*states)[static_cast<std::size_t>(row->state)] &&
                        matches(*row, part);
               });
  sort_worst_first(rows);

  JsonWriter json;
  json.reserve((std::min(page->limit, rows.size()) + 1) * kBytesPerRow);
  json.begin_object();
  write_revisions(json, snapshot);
  write_page(json, snapshot.rows.size(), rows, *page, [&](const auto& row) {
    json.begin_object();
    write_summary(json, *row);
    json.end_object();
  });
  json.end_object();
  return json_response(json);
}

Response api_subscription(const StatusBoard& board, const FindingsBoard& findings,
                          const std::function<std::vector<JournalLine>(SubscriptionId)>& history,
                          const Request& request) {
  const auto id = SubscriptionId::parse(request.tail);
  if (!id) return error_response(400, request.path, "this is not the GUID of a subscription");
  const auto row = board.find(*id);
  if (row == nullptr) {
    return error_response(404, request.path, "this subscription is not declared");
  }
  JsonWriter json;
  json.begin_object();
  write_summary(json, *row);
  write_details(json, *row);
  write_findings_of(json, findings, *id);
  write_history(json, history(*id));
  json.end_object();
  return json_response(json);
}

}  // namespace defenderd
