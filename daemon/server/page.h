#pragma once
// The status page: static files that query the API, so that no foreign text becomes markup.

#include <vector>

#include "server/http.h"

namespace defenderd {

// "/" and the files it refers to, with the description of the API.
[[nodiscard]] std::vector<Route> page_routes();

}  // namespace defenderd
