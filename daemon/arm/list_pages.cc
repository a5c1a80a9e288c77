#include "arm/list_pages.h"

#include <set>
#include <string_view>
#include <utility>

#include "arm/asked_resource.h"
#include "arm/next_link.h"
#include "arm/page_retry.h"
#include "base/scrub.h"

namespace defenderd {
namespace {

constexpr JsonLimits kLimits{.bytes = 8UL << 20U, .values = 500'000};
constexpr std::size_t kShownLink = 128;

ArmResult<ArmAnswer> page(ArmClient& arm, const ArmCall& call, const PagedList& list,
                          const std::stop_token& stop) {
  if (!list.patience) return arm.call(call, stop);
  PageRetry retry(list.patience->clock, list.patience->end, stop);
  while (true) {
    auto answer = arm.call(call, stop);
    if (answer || !retry.wait_after(answer.error())) return answer;
  }
}

bool is_out_of_time(const PagedList& list) {
  return list.patience && list.patience->clock.steady_now() >= list.patience->end;
}

struct Page {
  Taken taken = Taken::Yes;    // Malformed if it is not a page
  std::string next_link;       // "" on the last one
  std::string elsewhere = {};  // why an item is not about what was asked; "" if all are
};

Page take_page(const std::string& body, std::string_view items_below, const TakeItem& take) {
  const auto document = JsonDocument::parse(body, kLimits);
  if (!document) return {Taken::Malformed, {}};
  const JsonValue items = document->root().member("value");
  if (!items.is_list()) return {Taken::Malformed, {}};
  for (const JsonValue& item : items.items()) {
    std::string elsewhere = items_below.empty() ? std::string() : not_below(item, items_below);
    if (!elsewhere.empty()) return {Taken::Malformed, {}, std::move(elsewhere)};
    if (const Taken taken = take(item); taken != Taken::Yes) return {taken, {}};
  }
  return {Taken::Yes, std::string(document->root().text_of("nextLink"))};
}

}  // namespace

ArmResult<Done> list_pages(ArmClient& arm, ArmCall first, const PagedList& list,
                           const TakeItem& take, const std::stop_token& stop) {
  ArmCall call = std::move(first);
  std::set<std::string> asked;
  while (true) {
    asked.insert(call.target);
    const auto answer = page(arm, call, list, stop);
    if (!answer) return Unexpected(answer.error());
    const auto refuse = [&](const std::string& what) {
      return Unexpected(arm.malformed(call, answer->trace, what));
    };
    const auto [taken, next_link, elsewhere] = take_page(answer->body, list.items_below, take);
    if (!elsewhere.empty()) return refuse(elsewhere);
    if (taken == Taken::Malformed) return refuse("the answer is not " + list.content);
    if (taken == Taken::TooMuch) return refuse(list.name + " does not end");
    if (taken == Taken::AndEnough || next_link.empty()) return Done{};
    if (asked.size() >= list.max_pages || is_out_of_time(list))
      return refuse(list.name + " does not end");
    std::string next = next_target(next_link, list.resource_manager, list.path);
    if (next.empty()) {
      return refuse("the next page of " + list.name +
                    " is elsewhere: " + foreign_text(next_link, kShownLink));
    }
    if (asked.contains(next)) return refuse("the pages of " + list.name + " form a cycle");
    call.target = std::move(next);
  }
}

}  // namespace defenderd
