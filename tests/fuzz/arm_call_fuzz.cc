// Whole answers of ARM, status and headers included, to a read, a write and a registration.

#include "arm/pricing_client.h"
#include "arm/provider_registration.h"
#include "fuzz/fixed_arm.h"

using namespace defenderd;
using fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const HttpResponse response = fuzz::read_response(fuzz::text_of(data, size));
  fuzz::FixedArm arm([&](const HttpRequest&) { return response; });
  PricingClient pricings(arm.client());
  RegisteringStore plans(pricings, arm.client(), arm.clock(), true);
  const PlanKey key{
      *SubscriptionId::parse("6f2b9a52-3f0e-4c83-9a4b-0d9d8c8f3c11"), kDeclaredPlan, {}, [] {
        return true;
      }};
  const auto read = plans.read(key, {});
  if (!read) fuzz::require_sound(read.error());
  const auto written = plans.write(key, read ? read->pricing : Pricing{}, {});
  if (!written) fuzz::require_sound(written.error());
  if (read) require(response.status >= 200 && response.status < 300, "only success is an answer");
  return 0;
}
