#pragma once
// Where the running daemon listens, and how commands call it.

#include <string>
#include <string_view>

#include "base/result.h"
#include "cli/options.h"
#include "desired/settings.h"
#include "net/http.h"

namespace defenderd {

// The address of the daemon with these settings on the same machine: loopback if it listens on all
// addresses. An Error if the settings let the system choose the port.
[[nodiscard]] Result<Origin> daemon_origin(const ServerSettings& server);

// That of --url, else that of the settings in --config, which are read only then.
[[nodiscard]] Result<Origin> find_daemon(const CommandLine& line);

// One request. The Error is the transport's, for people.
[[nodiscard]] Result<HttpResponse> call_daemon(HttpRequest request);
// "http://HOST:PORT/PATH answered 403: ..."
[[nodiscard]] std::string answer_text(const Origin& daemon, std::string_view path,
                                      const HttpResponse& answer);

}  // namespace defenderd
