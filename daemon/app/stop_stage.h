#pragma once
// What a stop waits for, so that one that hangs can be reported.

#include <atomic>
#include <string_view>

namespace defenderd {

// The log's last line of a process that ends in order.
inline constexpr std::string_view kHasStopped = "defenderd has stopped; all work finished";

// What a stop waits for, as text.
class StopStage {
 public:
  explicit StopStage(const char* first) : now_(first) {}
  void enter(const char* what) { now_ = what; }
  [[nodiscard]] const char* now() const { return now_; }

 private:
  std::atomic<const char*> now_;
};

}  // namespace defenderd
