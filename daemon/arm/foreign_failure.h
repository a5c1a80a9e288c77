#pragma once
// Answers instead of ARM's: a proxy that blocks, the login page of a network. Read as ARM's, a 403
// of a proxy would ask for a role, and a 404 for another subscription.

#include <optional>

#include "core/failure.h"
#include "net/http.h"

namespace defenderd {

// MalformedAnswer, which may pass, if the answer is not ARM's; nullopt if it may be. What has a
// header of ARM's and succeeds may be: its reader decides.
[[nodiscard]] std::optional<Failure> foreign_failure(const HttpRequest& request,
                                                     const HttpResponse& response,
                                                     const ArmTrace& trace);

}  // namespace defenderd
