#pragma once
// Randomness, for jitter only.

#include <random>

#include "base/mutex.h"

namespace defenderd {

// Thread-safe.
class Random {
 public:
  Random() : engine_(std::random_device{}()) {}

  // In [0, 1).
  double unit() {
    const MutexLock lock(mutex_);
    return std::uniform_real_distribution<double>(0.0, 1.0)(engine_);
  }

 private:
  Mutex mutex_;
  std::mt19937_64 engine_ GUARDED_BY(mutex_);
};

}  // namespace defenderd
