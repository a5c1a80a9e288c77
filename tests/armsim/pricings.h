#pragma once
// How a plan reads in ARM's JSON, and which plans there are.

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "armsim/arm_answer.h"
#include "armsim/subscription.h"

namespace armsim {

inline constexpr std::string_view kAiPlan = "AI";

// What became of an extension that a PUT acted on, by name.
using OperationStatuses = std::map<std::string, std::optional<std::string>>;  // nullopt = success

[[nodiscard]] std::span<const std::string_view> pricing_api_versions();

// The name as Azure spells it; "" if this subscription has no such plan.
[[nodiscard]] std::string canonical_plan_name(const Subscription& subscription,
                                              const std::string& name);
// Every plan that this subscription can have, in Azure's order.
[[nodiscard]] std::vector<std::string> plan_names(const Subscription& subscription);
// The plan of that (canonical) name, made when it is not there yet.
[[nodiscard]] Plan& plan_of(Subscription& subscription, const std::string& name);

// 400 "The name 'X' is not a valid name. Possible pricing bundle names: ...".
[[nodiscard]] HttpAnswer unknown_plan(const Subscription& subscription, const Behaviour& behaviour,
                                      const std::string& name);

// 400 to a subPlan that the plan does not have; nullopt if it has it.
[[nodiscard]] std::optional<HttpAnswer> refuse_sub_plan(const Subscription& subscription,
                                                        const std::string& plan,
                                                        const std::string& sub_plan);

// Whether the AI plan has an extension of that name, in this subscription.
[[nodiscard]] bool is_known_extension(const Subscription& subscription, const Behaviour& behaviour,
                                      const std::string& name);

// The body of a PUT's answer.
[[nodiscard]] Json pricing_json(const Subscription& subscription, const std::string& name,
                                const Behaviour& behaviour, const std::string& api_version,
                                const OperationStatuses& statuses);
// The body of a GET.
[[nodiscard]] Json pricing_json(const Subscription& subscription, const std::string& name,
                                const Behaviour& behaviour, const std::string& api_version);

}  // namespace armsim
