#include <array>
#include <string_view>

#include "armsim/arm_answer.h"
#include "armsim/arm_gate.h"
#include "armsim/endpoints.h"
#include "armsim/pricings.h"

namespace armsim {
namespace {

constexpr std::array<std::string_view, 9> kApiVersions{"2019-05-01", "2020-06-01", "2021-04-01",
                                                       "2022-09-01", "2023-07-01", "2024-03-01",
                                                       "2024-11-01", "2025-03-01", "2025-04-01"};

std::string_view text_of(Registration registration) {
  switch (registration) {
    case Registration::NotRegistered:
      return "NotRegistered";
    case Registration::Registering:
      return "Registering";
    case Registration::Unregistered:
      return "Unregistered";
    case Registration::Registered:
      break;
  }
  return "Registered";
}

HttpAnswer provider_answer(const Subscription& subscription) {
  Json versions = Json::array();
  for (const std::string_view version : pricing_api_versions()) versions.push_back(version);
  const Json pricings = {{"resourceType", "pricings"},
                         {"locations", Json::array()},
                         {"apiVersions", std::move(versions)},
                         {"capabilities", "None"}};
  return json_answer(200,
                     {{"id", "/subscriptions/" + subscription.id + "/providers/Microsoft.Security"},
                      {"namespace", "Microsoft.Security"},
                      {"registrationPolicy", "RegistrationRequired"},
                      {"registrationState", text_of(subscription.registration)},
                      {"resourceTypes", Json::array({pricings})}});
}

}  // namespace

HttpAnswer get_provider(Core& core, Exchange& exchange) {
  auto admitted = admit(core, exchange,
                        {.action = "Microsoft.Resources/subscriptions/providers/read",
                         .type = "providers",
                         .api_versions = kApiVersions,
                         .role_has_it = core.options.behaviour.provider_readable});
  if (!admitted) return admitted.error();
  Subscription& subscription = (*admitted)->subscription;
  advance_registration(subscription);
  return provider_answer(subscription);
}

HttpAnswer register_provider(Core& core, Exchange& exchange) {
  const Stored* const known = core.find(exchange.route.subscription);
  auto admitted = admit(core, exchange,
                        {.action = "Microsoft.Security/register/action",
                         .type = "providers",
                         .api_versions = kApiVersions,
                         .writes = true,
                         .role_has_it = known == nullptr || known->subscription.may_register});
  if (!admitted) return admitted.error();
  Subscription& subscription = (*admitted)->subscription;
  if (subscription.registration == Registration::NotRegistered ||
      subscription.registration == Registration::Unregistered) {
    const int polls = core.options.behaviour.registering_polls;
    subscription.registration = polls == 0 ? Registration::Registered : Registration::Registering;
    subscription.registering_polls = polls;
  }
  return provider_answer(subscription);
}

}  // namespace armsim
