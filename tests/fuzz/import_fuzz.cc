// The YAML that `import` writes of names and plans that Azure gave (cli/import_yaml.h). The input
// is a page of GET /subscriptions, a line feed, and a pricing that all of them have.

#include "cli/import_yaml.h"

#include "arm/pricing_codec.h"
#include "desired/read_desired.h"
#include "fuzz/fixed_arm.h"

using namespace defenderd;
using fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view rest = fuzz::text_of(data, size);
  const std::string page(fuzz::take_until(rest, '\n'));
  fuzz::FixedArm arm([&](const HttpRequest&) { return HttpResponse{200, {}, page}; });
  SubscriptionList list(arm.client(), fuzz::FixedArm::origin(), arm.clock());
  const auto listed = list.all(std::nullopt, {});
  const auto pricing = decode_pricing(rest);
  if (!listed || !pricing) return 0;
  std::vector<ImportedSubscription> subscriptions;
  for (const ListedSubscription& one : *listed)
    subscriptions.push_back({one, pricing->pricing, {}});
  const bool declarable = !listed->empty() && pricing->pricing.tier != Tier::Other;
  const auto state = import_state(std::move(subscriptions), "observe", std::nullopt);
  require(state.has_value() == declarable, "what was read can be declared");
  if (!state) return 0;
  const auto read = read_desired({{"import.yaml", state->yaml}});
  require(read.has_value(), "what import writes can be read");
  require(read->subscriptions.size() == listed->size(), "all of them are declared");
  return 0;
}
