#include "reconcile/bulk_trust.h"

namespace defenderd {
namespace {

// A change between the last answer and the direct read is normal. This many in one window, and this
// share of the reads, are not.
constexpr std::size_t kMany = 3;
constexpr std::size_t kOneInSoMany = 10;

}  // namespace

std::optional<Duration> BulkTrust::note_read(bool agreed, Duration window, SteadyTime now) {
  if (!since_ || now - *since_ >= window) {
    since_ = now;
    reads_ = 0;
    disagreements_ = 0;
  }
  ++reads_;
  if (agreed) return std::nullopt;
  ++disagreements_;
  if (distrusted(now) || disagreements_ < kMany || disagreements_ * kOneInSoMany < reads_)
    return std::nullopt;
  until_ = now + window;
  since_.reset();
  return window;
}

}  // namespace defenderd
