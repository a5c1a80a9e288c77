#include "armsim/pricings.h"

#include <optional>
#include <set>

#include "armsim/arm_gate.h"
#include "armsim/endpoints.h"
#include "base/text.h"

namespace armsim {
namespace {

// The names in "name in (A, 'B')"; nullopt if it is not of that form.
std::optional<std::set<std::string>> filter_names(std::string_view filter) {
  filter = defenderd::trim(filter);
  const std::size_t open = filter.find('(');
  if (open == std::string_view::npos || !filter.ends_with(')')) return std::nullopt;
  if (!defenderd::iequals(defenderd::trim(filter.substr(0, open)), "name in")) return std::nullopt;
  std::set<std::string> names;
  std::string_view rest = filter.substr(open + 1, filter.size() - open - 2);
  while (!rest.empty()) {
    const std::size_t comma = rest.find(',');
    std::string_view name = defenderd::trim(rest.substr(0, comma));
    if (name.size() >= 2 && name.front() == '\'' && name.back() == '\'')
      name = name.substr(1, name.size() - 2);
    names.insert(defenderd::to_lower(name));
    rest = comma == std::string_view::npos ? std::string_view() : rest.substr(comma + 1);
  }
  return names;
}

}  // namespace

HttpAnswer get_pricing(Core& core, Exchange& exchange) {
  auto admitted = admit(core, exchange,
                        {.action = "Microsoft.Security/pricings/read",
                         .type = "pricings",
                         .api_versions = pricing_api_versions(),
                         .registration = true});
  if (!admitted) return admitted.error();
  const Subscription& subscription = core.read_view(**admitted);
  const Behaviour& behaviour = core.options.behaviour;
  const std::string name = canonical_plan_name(subscription, exchange.route.pricing);
  if (name.empty()) return unknown_plan(subscription, behaviour, exchange.route.pricing);
  return json_answer(200, pricing_json(subscription, name, behaviour, exchange.entry.api_version));
}

HttpAnswer list_pricings(Core& core, Exchange& exchange) {
  auto admitted = admit(core, exchange,
                        {.action = "Microsoft.Security/pricings/read",
                         .type = "pricings",
                         .api_versions = pricing_api_versions(),
                         .registration = true});
  if (!admitted) return admitted.error();
  std::optional<std::set<std::string>> wanted;
  if (const auto filter = exchange.request.parameter("$filter"); filter && !filter->empty()) {
    wanted = filter_names(*filter);
    if (!wanted) {
      return arm_error(400, "InvalidInput",
                       "Valid $filter is: 'name in ({planName1},{planName2},...)'.");
    }
  }
  const Subscription& subscription = core.read_view(**admitted);
  Json list = Json::array();
  for (const std::string& name : plan_names(subscription)) {
    if (wanted && !wanted->contains(defenderd::to_lower(name))) continue;
    list.push_back(
        pricing_json(subscription, name, core.options.behaviour, exchange.entry.api_version));
  }
  return json_answer(200, {{"value", std::move(list)}});
}

}  // namespace armsim
