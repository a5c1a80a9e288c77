#include "server/endpoints.h"

#include <memory>
#include <string>
#include <utility>

#include "server/api.h"
#include "server/changes_api.h"
#include "server/coverage_api.h"
#include "server/exposition_cache.h"
#include "server/findings_api.h"
#include "server/gzip.h"
#include "server/lifecycle.h"
#include "server/page.h"

namespace defenderd {
namespace {

constexpr std::size_t kWorthCompressing = 1024;
constexpr std::pair kVary{"Vary", "Accept, Accept-Encoding"};
constexpr std::pair kGzipped{"Content-Encoding", "gzip"};

Response probe(const std::function<std::optional<std::string>()>& ask) {
  const std::optional<std::string> problem = ask();
  return problem ? text_response(503, printable(*problem)) : text_response(200, "ok");
}

// By gzip only: brotli at its default quality takes ten seconds of CPU for a large fleet.
Response compressed(const Request& request, Response response) {
  response.headers.emplace_back(kVary);
  if (response.body.size() < kWorthCompressing || !accepts_gzip(request.header("Accept-Encoding")))
    return response;
  std::string packed = gzip(response.body);
  if (packed.empty()) return response;
  response.body = std::move(packed);
  response.headers.emplace_back(kGzipped);
  return response;
}

Response metrics_page(ExpositionCache& cache, const Request& request) {
  const ExpositionFormat format = negotiate(request.header("Accept"));
  Response response;
  response.content_type = content_type(format);
  response.headers.emplace_back(kVary);
  if (accepts_gzip(request.header("Accept-Encoding"))) response.shared = cache.get(format, true);
  if (response.shared) {
    response.headers.emplace_back(kGzipped);
  } else {
    response.shared = cache.get(format, false);
  }
  return response;
}

using Handler = std::function<Response(const Request&)>;

// Only the leader knows this. From a standby, an empty answer would look like a fleet without
// subscriptions. 421 (Misdirected Request, RFC 9110): ask the leader.
Handler of_leader(const std::shared_ptr<const EndpointHooks>& hooks, Handler handler) {
  return [hooks, handler = std::move(handler)](const Request& request) {
    if (hooks->cannot_act) {
      const auto cannot = hooks->cannot_act(false);
      if (cannot && cannot->stands_by) return error_response(421, request.path, cannot->why);
    }
    return compressed(request, handler(request));
  };
}

// The name is repeated for whoever is behind an ingress or a proxy and must allow it.
std::optional<Response> foreign(const Request& request, const AllowedHosts& hosts) {
  const std::string_view host = request.header("Host");
  if (hosts.allows(host)) return std::nullopt;
  const std::string named = printable(host, 255);
  return host.empty()
             ? error_response(400, request.path, "the request has no Host header")
             : error_response(421, request.path,
                              "the Host " + named +
                                  " is not allowed; to allow it, add it to "
                                  "server.allowedHosts in the settings and restart defenderd");
}

}  // namespace

std::vector<Route> make_routes(const StatusBoard& board, const CoverageBoard& coverage,
                               const FindingsBoard& findings, const Metrics& metrics,
                               EndpointHooks hooks, EndpointOptions options) {
  const auto shared = std::make_shared<const EndpointHooks>(std::move(hooks));  // for all handlers
  const bool lifecycle = options.lifecycle;
  std::vector<Route> routes = page_routes();
  for (Route& route : routes) {
    route.handler = [handler = std::move(route.handler)](const Request& request) {
      return compressed(request, handler(request));
    };
  }
  routes.push_back({"GET", "/api/v1/status", [&board, shared, lifecycle](const Request& request) {
                      return compressed(request, api_status(board.snapshot(), shared->status(),
                                                            shared->now(), lifecycle));
                    }});
  routes.push_back({"GET", "/api/v1/history", [shared](const Request& request) {
                      return compressed(
                          request, api_history(shared->fleet_history(), request, shared->now()));
                    }});
  const auto add_of_leader = [&](std::string path, Handler handler) {
    routes.push_back({"GET", std::move(path), of_leader(shared, std::move(handler))});
  };
  add_of_leader("/api/v1/subscriptions", [&board](const Request& request) {
    return api_subscriptions(board.snapshot(), request);
  });
  add_of_leader("/api/v1/subscriptions/*", [&board, &findings, shared](const Request& request) {
    return api_subscription(board, findings, shared->history, request);
  });
  add_of_leader("/api/v1/changes", [shared](const Request& request) {
    return api_changes(shared->changes(), request);
  });
  add_of_leader("/api/v1/findings", [&findings](const Request& request) {
    return api_findings(*findings.snapshot(), request);
  });
  add_of_leader("/api/v1/undeclared", [&coverage](const Request& request) {
    return api_undeclared(*coverage.snapshot(), request);
  });
  for (Route& route : lifecycle_routes(board, shared, options)) routes.push_back(std::move(route));
  const auto hosts = std::make_shared<const AllowedHosts>(std::move(options.hosts));
  for (Route& route : routes) {
    route.handler = [hosts, handler = std::move(route.handler)](const Request& request) {
      if (auto refused = foreign(request, *hosts)) return *std::move(refused);
      return handler(request);
    };
  }
  // The following accept any Host: kubelet and Prometheus use the address of the pod.
  const auto cache = std::make_shared<ExpositionCache>(
      [&metrics](ExpositionFormat format, TextSink sink) {
        metrics.render(format, std::move(sink));
      },
      shared->steady_now);
  routes.push_back({"GET", "/metrics",
                    [cache](const Request& request) { return metrics_page(*cache, request); },
                    RouteKind::Metrics, [cache] { cache->rest(); }});
  routes.push_back({"GET", "/healthz",
                    [shared](const Request& /*request*/) { return probe(shared->healthy); },
                    RouteKind::Probe});
  routes.push_back({"GET", "/readyz",
                    [shared](const Request& /*request*/) { return probe(shared->ready); },
                    RouteKind::Probe});
  return routes;
}

}  // namespace defenderd
