#pragma once
// The quotas that ARM last reported, as a metric.

#include <array>
#include <atomic>
#include <string_view>

#include "telemetry/exposition.h"
#include "telemetry/metric_labels.h"

namespace defenderd {

// Thread-safe.
class ArmQuotas {
 public:
  ArmQuotas();
  // `header` as received, "x-ms-ratelimit-remaining-...".
  void set(std::string_view header, double remaining);
  void write(Exposition& out) const;

 private:
  // By kind, the last one of those that have no label of their own; not a number until it is
  // reported.
  std::array<std::atomic<double>, kRateLimitKinds.size() + 1> remaining_;
};

}  // namespace defenderd
