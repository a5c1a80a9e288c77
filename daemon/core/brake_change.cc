#include "core/brake_change.h"

#include <algorithm>

namespace defenderd {

std::vector<Field> counted(BrakeKind kind, const std::vector<Drift>& wanted) {
  const bool plan_goes_on = std::any_of(wanted.begin(), wanted.end(), [](const Drift& drift) {
    return drift.field.is_plan() && drift.desired;
  });
  std::vector<Field> fields;
  for (const Drift& drift : wanted) {
    if (drift.desired != (kind == BrakeKind::Enable)) continue;
    if (plan_goes_on && !drift.field.is_plan()) continue;
    fields.push_back(drift.field);
  }
  return fields;
}

std::size_t possible(BrakeKind kind, const DesiredSubscription& desired) {
  const bool enable = kind == BrakeKind::Enable;
  if (!desired.plan) return enable ? 0 : 1;
  const auto extensions = static_cast<std::size_t>(
      std::count_if(desired.extensions.begin(), desired.extensions.end(),
                    [&](const DesiredExtension& extension) { return extension.on == enable; }));
  if (enable) return std::max<std::size_t>(1, extensions);
  return extensions + (desired.unnamed_extensions == UnnamedExtensions::Off ? 1 : 0);
}

}  // namespace defenderd
