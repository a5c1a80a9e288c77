// The AI plans in a page of Azure Resource Graph, through the client that asks for it.

#include "arm/graph_pricings.h"

#include <set>

#include "fuzz/fixed_arm.h"

using namespace defenderd;
using fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const HttpResponse response = fuzz::read_response(fuzz::text_of(data, size));
  fuzz::FixedArm arm([&](const HttpRequest&) { return response; });
  GraphClient graph(arm.client(), arm.clock());
  GraphPricings pricings(graph);
  const std::vector<SubscriptionId> asked{
      *SubscriptionId::parse("6f2b9a52-3f0e-4c83-9a4b-0d9d8c8f3c11")};
  const auto plans = pricings.read(std::nullopt, asked, {});
  if (!plans) {
    fuzz::require_sound(plans.error());
    return 0;
  }
  require(response.status >= 200 && response.status < 300, "only success is an answer");
  std::set<SubscriptionId> seen;
  for (const BulkPlan& plan : *plans) {
    require(seen.insert(plan.subscription).second, "a subscription is shown once");
    require(plan.subscription == asked[0], "only what was asked for is shown");
    require(
        !plan.pricing || plan.pricing->tier != Tier::Standard || !plan.pricing->extensions.empty(),
        "a plan that is on is shown with its extensions");
    if (!plan.pricing) continue;
    require(plan.pricing->extra_json.empty(), "nothing is carried along that is never written");
  }
  return 0;
}
