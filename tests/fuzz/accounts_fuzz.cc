// Lists of AI accounts, deployments and content filters, the Defender setting and the links to next
// pages (arm/accounts_client.h), and what is found in them. A line that starts with "http" is the
// nextLink of an else empty page; in anything else {asked} stands for the path that was requested.

#include "arm/accounts_client.h"

#include "core/finding.h"
#include "fuzz/fixed_arm.h"
#include "fuzz/list_page.h"
#include "support/fake_clock.h"
#include "support/ids.h"

using namespace defenderd;
using fuzz::require;

namespace {

std::string about(std::string page, const std::string& asked) {
  constexpr std::string_view kPlace = "{asked}";
  constexpr int kMost = 16;
  std::size_t at = 0;
  for (int i = 0; i < kMost && (at = page.find(kPlace, at)) != std::string::npos; ++i) {
    page.replace(at, kPlace.size(), asked);
    at += asked.size();
  }
  return page;
}

void check(const InspectedAccount& account) {
  require(account.deployments.size() <= 2000, "deployments are bounded");
  for (const InspectedDeployment& one : account.deployments) {
    for (const std::string* text : {&one.name, &one.model, &one.policy, &one.modified.by})
      fuzz::require_printable(*text, 128 + 3);
  }
  fuzz::require_printable(account.switched.by, 128 + 3);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string page = fuzz::list_page(fuzz::text_of(data, size));
  const std::string path = "/subscriptions/" + guid(1) + "/";
  fuzz::FixedArm arm([&](const HttpRequest& request) {
    require(request.origin == fuzz::FixedArm::origin(), "the token goes to ARM alone");
    require(iequals(std::string_view(request.target).substr(0, path.size()), path),
            "only the subscription is asked about");
    for (const char c : request.target)
      require(c > ' ' && c < '\x7F' && c != '#', "a target is plain");
    return HttpResponse{200, {}, about(page, request.target.substr(0, request.target.find('?')))};
  });
  FakeClock clock;
  GraphClient graph(arm.client(), clock);
  AccountsClient client(arm.client(), graph, fuzz::FixedArm::origin());
  const auto listed = client.list(subscription_id(1), {}, {});
  if (!listed) fuzz::require_sound(listed.error());
  AiAccount account{"/subscriptions/" + guid(1) +
                        "/resourceGroups/ai/providers/Microsoft.CognitiveServices/accounts/chat",
                    "chat"};
  if (listed && !listed->empty()) account = listed->front();
  fuzz::require_printable(account.name, 128 + 3);
  const auto inspected = client.inspect(subscription_id(1), {}, account, true, {});
  if (!inspected) {
    fuzz::require_sound(inspected.error());
    return 0;
  }
  check(*inspected);
  const ProtectedAs subscription{.subscription = subscription_id(1), .plan_on = true};
  for (const Finding& finding : findings_of(subscription, {.accounts = {*inspected}}, {}))
    require(!finding.message.empty(), "a finding says what it means");
  static_cast<void>(client.plan_is_on(subscription_id(1), {}, "AI", {}));
  return 0;
}
