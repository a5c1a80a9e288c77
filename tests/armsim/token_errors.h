#pragma once
// How the services that give tokens say no: each in its own form, and none in ARM's.

#include <optional>
#include <string>

#include "armsim/core.h"
#include "armsim/http_message.h"

namespace armsim {

// Entra's; without a number there are no error_codes.
// https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow
[[nodiscard]] HttpAnswer entra_error(Core& core, int status, const std::string& error,
                                     std::optional<int> number, const std::string& message);

// That of IMDS.
[[nodiscard]] HttpAnswer imds_error(int status, const std::string& error,
                                    const std::string& description);

// That of App Service.
[[nodiscard]] HttpAnswer app_service_error(int status, const std::string& message);

}  // namespace armsim
