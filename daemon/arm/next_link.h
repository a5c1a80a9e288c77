#pragma once
// The links from one page of a list to the next. They are the server's own text, so they are
// followed only to the resource manager itself, and only to the same list.

#include <string>
#include <string_view>

#include "net/http.h"

namespace defenderd {

// Path and query of a nextLink; "" if it leads to another host, or to a path that does not start
// with `path`. With what may not stand in a target percent-encoded, as browsers do it.
[[nodiscard]] std::string next_target(std::string_view next_link, const Origin& resource_manager,
                                      std::string_view path);

}  // namespace defenderd
