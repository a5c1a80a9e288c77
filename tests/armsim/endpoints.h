#pragma once
// The handlers of the endpoints. Each runs with the core's lock held, which it lets go of only to
// wait, and always answers: an error is an answer.

#include "armsim/core.h"
#include "armsim/http_message.h"

namespace armsim {

// entra.cc: POST /{tenant}/oauth2/v2.0/token
[[nodiscard]] HttpAnswer entra_token(Core& core, Exchange& exchange);

// discovery.cc: GET /{tenant}/v2.0/.well-known/openid-configuration, GET /metadata/endpoints
[[nodiscard]] HttpAnswer openid_configuration(Core& core, Exchange& exchange);
[[nodiscard]] HttpAnswer cloud_metadata(Core& core, Exchange& exchange);

// managed_identity.cc: GET /metadata/identity/oauth2/token (IMDS), GET /msi/token (App Service)
[[nodiscard]] HttpAnswer imds_token(Core& core, Exchange& exchange);
[[nodiscard]] HttpAnswer app_service_token(Core& core, Exchange& exchange);

// subscriptions.cc: GET /subscriptions, GET /subscriptions/{id}
[[nodiscard]] HttpAnswer list_subscriptions(Core& core, Exchange& exchange);
[[nodiscard]] HttpAnswer get_subscription(Core& core, Exchange& exchange);

// graph.cc: POST /providers/Microsoft.ResourceGraph/resources
[[nodiscard]] HttpAnswer query_graph(Core& core, Exchange& exchange);

// activity_log.cc: GET .../providers/Microsoft.Insights/eventtypes/management/values
[[nodiscard]] HttpAnswer list_activity(Core& core, Exchange& exchange);

// providers.cc: GET .../providers/Microsoft.Security, POST .../register
[[nodiscard]] HttpAnswer get_provider(Core& core, Exchange& exchange);
[[nodiscard]] HttpAnswer register_provider(Core& core, Exchange& exchange);

// pricings.cc and pricing_write.cc: GET .../pricings, GET and PUT .../pricings/{name}
[[nodiscard]] HttpAnswer list_pricings(Core& core, Exchange& exchange);
[[nodiscard]] HttpAnswer get_pricing(Core& core, Exchange& exchange);
[[nodiscard]] HttpAnswer put_pricing(Core& core, Exchange& exchange);

// ai_accounts.cc: GET .../providers/Microsoft.CognitiveServices/accounts, one of them, and its
// deployments, raiPolicies and defenderForAISettings, all or one
[[nodiscard]] HttpAnswer list_ai_accounts(Core& core, Exchange& exchange);
[[nodiscard]] HttpAnswer get_ai_account(Core& core, Exchange& exchange);
[[nodiscard]] HttpAnswer list_ai_parts(Core& core, Exchange& exchange);
[[nodiscard]] HttpAnswer get_ai_part(Core& core, Exchange& exchange);

}  // namespace armsim
