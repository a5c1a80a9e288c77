#include "base/heartbeat.h"

#include <pthread.h>

#include <algorithm>
#include <utility>

namespace defenderd {
namespace {

// constinit: an access needs no check whether it is initialized.
constinit thread_local HeartbeatSlot* of_this_thread = nullptr;

Duration::rep ticks(SteadyTime time) { return time.time_since_epoch().count(); }

}  // namespace

std::vector<Heartbeats::Reading> Heartbeats::read() const {
  const Duration::rep now = ticks(clock_.awake_now());
  std::vector<Reading> readings;
  {
    const MutexLock lock(mutex_);
    readings.reserve(slots_.size());
    for (const HeartbeatSlot& slot : slots_)
      readings.push_back({slot.thread, Duration(std::max<Duration::rep>(now - slot.last, 0))});
  }
  std::sort(readings.begin(), readings.end(),
            [](const Reading& a, const Reading& b) { return a.thread < b.thread; });
  return readings;
}

Heartbeat::Heartbeat(Heartbeats* table, std::string thread)
    : table_(table), outer_(of_this_thread) {
  if (table_ == nullptr) return;
  // For debuggers and top -H; the kernel keeps 15 letters.
  pthread_setname_np(pthread_self(), thread.substr(0, 15).c_str());
  const MutexLock lock(table_->mutex_);
  slot_ = table_->slots_.emplace(table_->slots_.end(), std::move(thread), table_->clock_,
                                 ticks(table_->clock_.awake_now()));
  of_this_thread = &*slot_;
}

Heartbeat::~Heartbeat() {
  if (table_ == nullptr) return;
  of_this_thread = outer_;
  const MutexLock lock(table_->mutex_);
  table_->slots_.erase(slot_);
}

void beat() noexcept {
  if (of_this_thread != nullptr) of_this_thread->last = ticks(of_this_thread->clock.awake_now());
}

}  // namespace defenderd
