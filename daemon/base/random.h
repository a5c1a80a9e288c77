#pragma once
// Chance, for jitter only.

#include <mutex>
#include <random>

namespace defenderd {

// Thread-safe.
class Random {
 public:
  Random() : engine_(std::random_device{}()) {}

  // In [0, 1).
  double unit() {
    const std::scoped_lock lock(mutex_);
    return std::uniform_real_distribution<double>(0.0, 1.0)(engine_);
  }

 private:
  std::mutex mutex_;
  std::mt19937_64 engine_;
};

}  // namespace defenderd
