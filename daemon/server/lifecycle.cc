#include "server/lifecycle.h"

#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "base/fold_case.h"
#include "base/scrub.h"
#include "base/text.h"
#include "base/time_text.h"
#include "core/freeze.h"
#include "server/request_parser.h"

namespace defenderd {
namespace {

constexpr std::size_t kLongestReason = 1024;  // bytes
constexpr std::size_t kLongestPerson = 256;
constexpr std::size_t kMostOwners = 100;
constexpr std::size_t kMostThawed = 100;

std::string not_saved(std::string_view what, const std::string& why) {
  return "\nbut this could not be saved. Saving is retried every few seconds; until it succeeds, a "
         "restart or another leader forgets the " +
         std::string(what) + ": " + why;
}

// A page of another site must not trigger our actions in an operator's browser.
bool from_another_site(const Request& request) {
  const std::string_view site = request.header("Sec-Fetch-Site");
  if (!site.empty()) return site != "same-origin" && site != "none";
  const std::string_view origin = request.header("Origin");
  if (origin.empty()) return false;
  const std::size_t host = origin.find("://");
  return host == std::string_view::npos || origin.substr(host + 3) != request.header("Host");
}

std::optional<Response> refusal(const Request& request, bool lifecycle) {
  if (!lifecycle) {
    std::string text =
        "this endpoint is disabled; set server.lifecycle: true in the settings and restart "
        "defenderd to enable it";
    if (request.path == "/-/freeze")
      text += ". Without a restart: add an entry to safety.freeze in the settings";
    return text_response(403, text);
  }
  if (from_another_site(request))
    return text_response(403, "requests from other sites are refused");
  return std::nullopt;
}

Response reload(const EndpointHooks& hooks) {
  const ReloadAnswer answer = hooks.reload();
  switch (answer.kind) {
    case ReloadAnswer::Kind::Done:
      return text_response(200,
                           answer.message.empty() ? "reloaded" : "reloaded; " + answer.message);
    case ReloadAnswer::Kind::Refused:
      return text_response(422, answer.message);
    case ReloadAnswer::Kind::Waiting:
      return text_response(202, answer.message);
    case ReloadAnswer::Kind::Busy:
      return text_response(409, answer.message);
  }
  return text_response(500, "no answer");
}

Response reconcile(const StatusBoard& board, const EndpointHooks& hooks, const Request& request) {
  const std::string_view wanted = request.param("subscription");
  std::optional<SubscriptionId> id;
  if (!wanted.empty()) {
    id = SubscriptionId::parse(wanted);
    if (!id) return text_response(400, "subscription is not a GUID");
    if (board.find(*id) == nullptr) return text_response(404, "this subscription is not declared");
  }
  const Result<Done> result = hooks.reconcile(id);
  return result ? text_response(202, id ? "queued " + id->text() : "queued all subscriptions")
                : text_response(503, result.error().message);
}

// The parameters of the query, and those of a form in the body.
Result<Request> with_form(Request request) {
  if (request.body.empty()) return request;
  const std::string_view type = request.header("Content-Type");
  if (!iequals(trim(type.substr(0, type.find(';'))), "application/x-www-form-urlencoded"))
    return Unexpected(Error{"send the parameters as a form, as curl --data-urlencode does"});
  for (auto& parameter : parse_form(request.body)) request.query.push_back(std::move(parameter));
  return request;
}

Result<Done> know_all(const Request& request, std::initializer_list<std::string_view> names) {
  for (const auto& [name, value] : request.query) {
    if (std::find(names.begin(), names.end(), name) == names.end())
      return Unexpected(Error{"unknown parameter: " + printable(name, kLongestPerson)});
  }
  return Done{};
}

Result<std::string> person_text(const Request& request, std::string_view name, std::size_t most) {
  const std::string value(trim(request.param(name)));
  if (value.size() <= most) return printable(value, most);
  return Unexpected(
      Error{std::string(name) + " is longer than " + std::to_string(most) + " bytes"});
}

Result<Freeze> read_freeze(const Request& request, WallTime now) {
  if (auto known = know_all(request, {"reason", "by", "until", "for", "except", "owner"}); !known)
    return Unexpected(known.error());
  auto reason = person_text(request, "reason", kLongestReason);
  auto by = person_text(request, "by", kLongestPerson);
  for (const auto* const each : {&reason, &by}) {
    if (!*each) return Unexpected(each->error());
  }
  if (reason->empty()) return Unexpected(Error{"reason is missing: say why writes must stop"});
  Freeze freeze{.reason = *std::move(reason), .by = *std::move(by)};
  const std::string_view until = request.param("until");
  const std::string_view length = request.param("for");
  if (!until.empty() && !length.empty()) return Unexpected(Error{"send until or for, not both"});
  if (!until.empty()) {
    freeze.until = parse_rfc3339(until);
    if (!freeze.until) return Unexpected(Error{"until is not a time like 2026-12-24T00:00:00Z"});
  }
  if (!length.empty()) {
    const auto duration = parse_duration(length);
    if (!duration || *duration <= Duration::zero())
      return Unexpected(Error{"for is not a duration like 4h"});
    freeze.length = duration;
    freeze.until = now + std::chrono::duration_cast<WallTime::duration>(*duration);
  }
  const std::string_view except = request.param("except");
  if (!except.empty() && except != "enable") return Unexpected(Error{"except can only be enable"});
  freeze.except_enable = !except.empty();
  for (const auto& [name, value] : request.query) {
    if (name != "owner" || trim(value).empty()) continue;
    if (freeze.owners.size() == kMostOwners || value.size() > kLongestPerson)
      return Unexpected(Error{"there are too many owners, or one is too long"});
    freeze.owners.emplace_back(trim(value));
  }
  return freeze;
}

// A freeze for an owner whom nobody has would look like one, and freeze nothing.
Result<Done> know_owners(const Freeze& freeze, const StatusBoard& board) {
  if (freeze.owners.empty()) return Done{};
  const StatusSnapshot snapshot = board.snapshot();
  std::set<std::string_view> words;
  for (const auto& row : snapshot.rows) {
    const DesiredSubscription& desired = *row->desired;
    if (!desired.owner.empty()) words.insert(desired.owner);
    if (desired.other_owners)
      words.insert(desired.other_owners->begin(), desired.other_owners->end());
  }
  const std::vector<std::string_view> known(words.begin(), words.end());
  for (const std::string& owner : freeze.owners) {
    const bool has = std::any_of(known.begin(), known.end(), [&](std::string_view one) {
      return same_but_for_case(one, owner);
    });
    if (has) continue;
    const std::string_view near = nearest(owner, known);
    return Unexpected(Error{"nothing was frozen: no subscription has the owner " +
                            quoted_value(owner) +
                            (near.empty() ? "" : "; did you mean " + quoted_value(near) + "?")});
  }
  return Done{};
}

Response freeze(const StatusBoard& board, const EndpointHooks& hooks, bool has_state,
                const Request& request) {
  const auto whole = with_form(request);
  if (!whole) return text_response(415, whole.error().message);
  auto order = read_freeze(*whole, hooks.now());
  if (!order) return text_response(400, order.error().message);
  if (const auto known = know_owners(*order, board); !known)
    return text_response(400, known.error().message);
  std::string answer =
      describe_with_scope({std::make_shared<const Freeze>(*order), order->until}) +
      (order->until ? "" : "; POST /-/thaw, or `defenderd thaw --reason ...`, removes it");
  if (!has_state) answer += "; a restart forgets it, because there is no state file";
  const auto done = hooks.freeze(*std::move(order));
  if (!done) return text_response(409, done.error().message);
  if (done->not_saved.empty()) return text_response(200, answer);
  return text_response(503, answer + not_saved("freeze", done->not_saved) +
                                "\nTo be safe, add an entry to safety.freeze in the settings");
}

Result<ThawOrder> read_thaw(const Request& request) {
  if (auto known = know_all(request, {"reason", "by", "freeze", "all"}); !known)
    return Unexpected(known.error());
  const auto reason = person_text(request, "reason", kLongestReason);
  const auto by = person_text(request, "by", kLongestPerson);
  if (!reason || !by) return Unexpected((reason ? by : reason).error());
  if (reason->empty()) return Unexpected(Error{"reason is missing: say why writing may resume"});
  ThawOrder order{.reason = *reason, .by = *by};
  const std::string_view all = request.param("all");
  if (!all.empty() && all != "true" && all != "false")
    return Unexpected(Error{"all is true or false"});
  order.all = all == "true";
  for (const auto& [name, value] : request.query) {
    if (name != "freeze" || trim(value).empty()) continue;
    if (order.freezes.size() == kMostThawed || value.size() > kLongestReason)
      return Unexpected(Error{"there are too many freezes, or one is too long"});
    order.freezes.emplace_back(trim(value));
  }
  if (order.all && !order.freezes.empty()) return Unexpected(Error{"send freeze or all, not both"});
  return order;
}

Response thaw(const EndpointHooks& hooks, const Request& request) {
  const auto whole = with_form(request);
  if (!whole) return text_response(415, whole.error().message);
  const auto order = read_thaw(*whole);
  if (!order) return text_response(400, order.error().message);
  const auto done = hooks.thaw(*order);
  if (!done) return text_response(409, done.error().message);
  const std::vector<std::string>& ended = done->ended;
  std::string answer = ended.empty()       ? "there was no freeze by the API"
                       : ended.size() == 1 ? "1 freeze has ended"
                                           : std::to_string(ended.size()) + " freezes have ended";
  for (const std::string& one : ended) answer += "\n  " + printable(one);
  for (const FreezeStatus& status : hooks.status().freezes) {
    if (!status.in_force) continue;
    const std::string by = status.freeze.source.empty()
                               ? "API (" + status.id
                               : "settings (" + printable(status.freeze.source);
    answer += "\nstill frozen by the " + by + "): " + printable(status.freeze.reason);
  }
  if (done->not_saved.empty()) return text_response(200, answer);
  return text_response(503, answer + not_saved("thaw", done->not_saved));
}

}  // namespace

std::vector<Route> lifecycle_routes(const StatusBoard& board,
                                    const std::shared_ptr<const EndpointHooks>& hooks,
                                    const EndpointOptions& options) {
  std::vector<Route> routes;
  const auto add = [&](std::string path, std::function<Response(const Request&)> act) {
    routes.push_back(
        {"POST", std::move(path),
         [act = std::move(act), lifecycle = options.lifecycle](const Request& request) {
           if (auto refused = refusal(request, lifecycle)) return *std::move(refused);
           return act(request);
         },
         RouteKind::Action});
  };
  add("/-/reload", [hooks](const Request& /*request*/) { return reload(*hooks); });
  // 421 (Misdirected Request, RFC 9110): send it to the leader.
  const auto add_for_leader = [&](std::string path, bool writes,
                                  std::function<Response(const Request&)> act) {
    add(std::move(path), [hooks, writes, act = std::move(act)](const Request& request) {
      if (hooks->cannot_act) {
        if (const auto cannot = hooks->cannot_act(writes))
          return text_response(cannot->stands_by ? 421 : 503, cannot->why);
      }
      return act(request);
    });
  };
  add_for_leader("/-/reconcile", false, [&board, hooks](const Request& request) {
    return reconcile(board, *hooks, request);
  });
  add_for_leader("/-/freeze", true,
                 [&board, hooks, has_state = options.has_state](const Request& request) {
                   return freeze(board, *hooks, has_state, request);
                 });
  add_for_leader("/-/thaw", true,
                 [hooks](const Request& request) { return thaw(*hooks, request); });
  return routes;
}

}  // namespace defenderd
