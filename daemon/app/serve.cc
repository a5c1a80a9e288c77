#include "app/serve.h"

#include <optional>
#include <string_view>
#include <utility>

#include "app/daemon_parts.h"
#include "app/descriptors.h"
#include "app/state.h"
#include "server/endpoints.h"

namespace defenderd {
namespace {

// A standby has what the leader saved last.
FleetHistory fleet_history(const DaemonParts& parts) {
  if (parts.standby) return *parts.standby->fleet_history();
  const Records& records = *parts.records;
  return {records.shares.samples(), records.events.memory(), records.incidents.active(),
          records.incidents.ended()};
}

EndpointHooks endpoint_hooks(DaemonParts& parts) {
  EndpointHooks hooks;
  hooks.healthy = [&parts] { return parts.health.unhealthy(); };
  hooks.ready = [&parts] { return parts.health.not_ready(); };
  // A freeze that cannot be saved would be unknown to the leader that may have taken over.
  hooks.cannot_act = [&parts](bool writes) -> std::optional<EndpointHooks::CannotAct> {
    if (!parts.stands_by() && (!writes || parts.may_write())) return std::nullopt;
    std::string why = parts.membership->leadership.standing().why_not;
    if (why.empty()) why = "this replica is taking over; try again";
    return EndpointHooks::CannotAct{parts.stands_by(), std::move(why)};
  };
  hooks.reload = [&parts] { return parts.reloader.reload(); };
  hooks.reconcile = [&parts](std::optional<SubscriptionId> id) -> Result<Done> {
    if (!id) {
      parts.follower.list_soon();
      parts.azure->try_again();
    } else if (const auto row = parts.records->board.find(*id)) {
      parts.azure->try_again(row->desired->tenant);
    }
    if (parts.controller.request(id)) return Done{};
    return Unexpected(Error{"the subscription " + id->text() + " is not in the desired state"});
  };
  hooks.freeze = [&parts](Freeze freeze) { return parts.freeze_watch.freeze(std::move(freeze)); };
  hooks.thaw = [&parts](const std::string& reason, const std::string& by) {
    return parts.freeze_watch.thaw(reason, by);
  };
  hooks.status = [&parts] { return parts.health.status(); };
  hooks.history = [&parts](SubscriptionId id) { return parts.records->history.of(id); };
  hooks.fleet_history = [&parts] { return fleet_history(parts); };
  hooks.changes = [&parts] { return parts.records->changes.snapshot(); };
  hooks.now = [&parts] { return parts.clock.wall_now(); };
  hooks.steady_now = [&parts] { return parts.clock.steady_now(); };
  return hooks;
}

}  // namespace

Result<std::unique_ptr<HttpServer>> serve(DaemonParts& parts) {
  Records& records = *parts.records;
  const ServerSettings& settings = parts.at_start.server;
  HttpServerOptions options;
  options.host = settings.host;
  options.port = settings.port;
  if (parts.membership != nullptr) options.listener = &parts.membership->listener;
  options.clock = &parts.clock;
  options.descriptors = descriptor_limit();
  options.heartbeats = &records.heartbeats;
  if (parts.web) options.access = &parts.web->access();
  options.routes = make_routes(records.board, records.coverage, records.findings, records.metrics,
                               endpoint_hooks(parts),
                               {settings.lifecycle,
                                parts.membership != nullptr || !state_path(parts.at_start).empty(),
                                {settings.host, settings.allowed_hosts}});
  options.on_exception = [&parts](std::string_view doing, std::string_view what,
                                  std::size_t count) {
    parts.records->metrics.exception_caught("server", count);
    parts.bugs().log_line(doing, what, count);
  };
  options.on_refused = [&metrics = records.metrics](Refused why) {
    metrics.http_refused(kHttpRefusals.at(static_cast<std::size_t>(why)));
  };
  return HttpServer::start(std::move(options));
}

}  // namespace defenderd
