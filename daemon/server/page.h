#pragma once
// The status page: static files that ask the API, so that no text from elsewhere becomes markup.

#include <vector>

#include "server/http.h"

namespace defenderd {

// "/" and the files it names.
[[nodiscard]] std::vector<Route> page_routes();

}  // namespace defenderd
