#include "reconcile/bulk_trust.h"

namespace defenderd {
namespace {

// A change between the last answer and the look is nobody's fault. So many in one window, and this
// share of the looks, are more than that.
constexpr std::size_t kMany = 3;
constexpr std::size_t kOneInSoMany = 10;

}  // namespace

std::optional<Duration> BulkTrust::looked(bool agreed, Duration window, SteadyTime now) {
  if (!since_ || now - *since_ >= window) {
    since_ = now;
    looks_ = 0;
    disagreements_ = 0;
  }
  ++looks_;
  if (agreed) return std::nullopt;
  ++disagreements_;
  if (distrusted(now) || disagreements_ < kMany || disagreements_ * kOneInSoMany < looks_)
    return std::nullopt;
  until_ = now + window;
  since_.reset();
  return window;
}

}  // namespace defenderd
