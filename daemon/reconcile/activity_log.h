#pragma once
// Where the attributor looks up who changed a subscription.

#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/clock.h"
#include "core/actor.h"
#include "core/failure.h"

namespace defenderd {

struct ActivityQuery {
  SubscriptionId subscription;
  std::optional<TenantId> tenant = {};
  WallTime from = {};
  WallTime to = {};
  // All events of one operation, whatever they concern; "": the writes of Microsoft.Security.
  std::string correlation_id = {};
  bool with_addresses = false;
};

class ActivityLog {
 public:
  ActivityLog() = default;
  ActivityLog(const ActivityLog&) = delete;
  ActivityLog& operator=(const ActivityLog&) = delete;
  virtual ~ActivityLog() = default;

  // The newest first. Blocks; called by one thread.
  virtual ArmResult<std::vector<ActivityEvent>> events(const ActivityQuery& query,
                                                       const std::stop_token& stop) = 0;
};

}  // namespace defenderd
