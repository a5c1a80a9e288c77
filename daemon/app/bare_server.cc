#include "app/bare_server.h"

#include <utility>

#include "app/build_info.h"
#include "app/descriptors.h"
#include "telemetry/exposition.h"

namespace defenderd {

BareServer::BareServer(const Options& options)
    : metrics_(board_, coverage_,
               {.version = std::string(kVersion),
                .revision = std::string(kRevision),
                .now = [&clock = options.clock] { return clock.wall_now(); }}) {
  metrics_.config_reloaded(false, options.clock.wall_now());
  metrics_.watch_leadership(options.leadership);
}

Result<std::unique_ptr<BareServer>> BareServer::start(const Options& options) {
  std::unique_ptr<BareServer> bare(new BareServer(options));
  HttpServerOptions server;
  server.listener = &options.listener;
  server.access = options.access;
  server.clock = &options.clock;
  server.descriptors = descriptor_limit();
  server.routes = {
      {"GET", "/healthz", [](const Request& /*request*/) { return text_response(200, "ok"); },
       RouteKind::Probe},
      {"GET", "/readyz",
       [problem = options.problem](const Request& /*request*/) {
         return text_response(503, problem);
       },
       RouteKind::Probe},
      {"GET", "/metrics",
       [&metrics = bare->metrics_](const Request& /*request*/) {
         Response response;
         response.content_type = content_type(ExpositionFormat::Prometheus);
         response.body = metrics.render(ExpositionFormat::Prometheus);
         return response;
       },
       RouteKind::Metrics}};
  auto started = HttpServer::start(std::move(server));
  if (!started) return Unexpected(started.error());
  bare->server_ = *std::move(started);
  return bare;
}

}  // namespace defenderd
