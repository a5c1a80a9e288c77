#include "core/file_wait.h"

#include <algorithm>

namespace defenderd {

Duration file_wait(const std::optional<InForce>& before, const InForce& now, WallTime wall) {
  if (!before || before->replica == now.replica || before->hash == now.hash)
    return Duration::zero();
  const Duration age =
      std::max(std::chrono::duration_cast<Duration>(wall - before->since), Duration::zero());
  return std::max(kFilesArrive - age, Duration::zero());
}

}  // namespace defenderd
