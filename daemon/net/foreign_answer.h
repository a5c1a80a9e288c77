#pragma once
// Recognizes answers that something on the way gave instead of the server: a proxy that blocks,
// the login page of a network.

#include <string>
#include <string_view>

#include "net/http.h"

namespace defenderd {

// What shows that the answer is not from a server that answers in JSON and never redirects: "a
// redirect to portal.example", "a page of HTML, which is not JSON"; "" if nothing does. Safe to
// show. Servers of Azure send HTML with errors of the server (5xx), so these show nothing.
[[nodiscard]] std::string foreign_sign(const HttpResponse& response);

// A body of HTML or XML, whatever its type says.
[[nodiscard]] bool is_markup(const HttpResponse& response);

// "this is not an answer of Azure (SIGN); check the proxy ..."
[[nodiscard]] std::string not_of_azure(std::string_view sign);

}  // namespace defenderd
