// A page of GET /subscriptions and the link to the next one (arm/subscription_list.h). A line that
// starts with "http" is the nextLink of an else empty page; anything else is a page.

#include "arm/subscription_list.h"

#include "fuzz/fixed_arm.h"
#include "fuzz/list_page.h"

using namespace defenderd;
using fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string page = fuzz::list_page(fuzz::text_of(data, size));
  fuzz::FixedArm arm([&](const HttpRequest& request) {
    require(request.origin == fuzz::FixedArm::origin(), "the token goes to ARM alone");
    require(iequals(std::string_view(request.target).substr(0, 15), "/subscriptions?"),
            "only the list is asked for");
    for (const char c : request.target)
      require(c > ' ' && c < '\x7F' && c != '#', "a target is plain");
    return HttpResponse{200, {}, page};
  });
  SubscriptionList list(arm.client(), fuzz::FixedArm::origin(), arm.clock());
  const auto all = list.all(std::nullopt, {});
  if (!all) {
    fuzz::require_sound(all.error());
    return 0;
  }
  for (std::size_t i = 1; i < all->size(); ++i)
    require((*all)[i - 1].id < (*all)[i].id, "each stands once, by id");
  for (const ListedSubscription& one : *all) {
    require(one.name.size() <= 600 && one.state.size() <= 600 && one.tags.size() <= 200,
            "what is kept of one is bounded");
    for (const Tag& tag : one.tags)
      require(tag.name.size() <= 512 && tag.value.size() <= 512, "a tag is bounded");
  }
  return 0;
}
