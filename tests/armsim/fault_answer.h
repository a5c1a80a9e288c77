#pragma once
// The answer of a fault, in the form of the service that was asked.

#include "armsim/core.h"
#include "armsim/fault.h"
#include "armsim/http_message.h"

namespace armsim {

// The fault's message, with what some proxies and gateways repeat of a request in their errors.
[[nodiscard]] std::string message_of(const Fault& fault, const HttpRequest& request);

// Of Entra and IMDS `code` is `error`, and AADSTS numbers in it are error_codes: "invalid_client
// AADSTS7000222", or only the number.
[[nodiscard]] HttpAnswer answer_of(Core& core, const Exchange& exchange, const Fault& fault);

}  // namespace armsim
