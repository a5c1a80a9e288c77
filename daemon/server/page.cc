#include "server/page.h"

#include <array>
#include <string>
#include <string_view>

#include "server/page_files.h"

namespace defenderd {
namespace {

// Nothing inline, nothing from elsewhere, no text that becomes markup, no frames.
constexpr std::string_view kPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'";

std::string_view type_of(std::string_view path) {
  struct Type {
    std::string_view suffix;
    std::string_view type;
  };
  static constexpr std::array<Type, 5> kTypes{{{".html", "text/html; charset=utf-8"},
                                               {".css", "text/css; charset=utf-8"},
                                               {".js", "text/javascript; charset=utf-8"},
                                               {".svg", "image/svg+xml"},
                                               {".json", "application/json"}}};
  for (const Type& type : kTypes) {
    if (path.ends_with(type.suffix)) return type.type;
  }
  return "text/plain; charset=utf-8";
}

Route route_of(const PageFile& file) {
  const std::string path(file.path == "/index.html" ? "/" : file.path);
  return {"GET", path, [&file](const Request& /*request*/) {
            Response response;
            response.content_type = type_of(file.path);
            response.body = file.content;
            response.headers = {{"Content-Security-Policy", std::string(kPolicy)}};
            return response;
          }};
}

}  // namespace

std::vector<Route> page_routes() {
  std::vector<Route> routes;
  for (const PageFile& file : page_files()) routes.push_back(route_of(file));
  for (const PageFile& file : api_description()) routes.push_back(route_of(file));
  return routes;
}

}  // namespace defenderd
