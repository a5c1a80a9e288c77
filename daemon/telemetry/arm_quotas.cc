#include "telemetry/arm_quotas.h"

#include <cmath>
#include <cstddef>
#include <limits>
#include <string>

#include "base/text.h"

namespace defenderd {
namespace {

constexpr std::string_view kPrefix = "x-ms-ratelimit-remaining-";

}  // namespace

ArmQuotas::ArmQuotas() {
  for (auto& value : remaining_) value = std::numeric_limits<double>::quiet_NaN();
}

void ArmQuotas::set(std::string_view header, double remaining) {
  if (iequals(header.substr(0, kPrefix.size()), kPrefix)) header.remove_prefix(kPrefix.size());
  std::size_t at = 0;
  while (at < kRateLimitKinds.size() && !iequals(header, kRateLimitKinds[at])) ++at;
  remaining_[at] = remaining;
}

void ArmQuotas::write(Exposition& out) const {
  out.family("defenderd_arm_ratelimit_remaining", MetricKind::Gauge,
             "Last reported remaining quota. Absent until Azure reports one.");
  for (std::size_t i = 0; i < remaining_.size(); ++i) {
    const double remaining = remaining_[i];
    if (std::isnan(remaining)) continue;
    const std::string_view kind = i < kRateLimitKinds.size() ? kRateLimitKinds[i] : "other";
    out.sample(label_text({{"kind", std::string(kind)}}), remaining);
  }
}

}  // namespace defenderd
