#pragma once
// An activity log that answers from events that the test puts in.

#include <functional>
#include <optional>
#include <vector>

#include "reconcile/activity_log.h"

namespace defenderd {

// One thread.
class FakeActivityLog final : public ActivityLog {
 public:
  ArmResult<std::vector<ActivityEvent>> events(const ActivityQuery& query,
                                               const std::stop_token& /*stop*/) override {
    queries.push_back(query);
    if (on_query) on_query(query);
    if (failure) return Unexpected(*failure);
    std::vector<ActivityEvent> found;
    for (const ActivityEvent& event : all) {
      const bool is_asked_for = query.correlation_id.empty()
                                    ? event.operation != "Microsoft.Resources/deployments/write"
                                    : event.correlation_id == query.correlation_id;
      if (is_asked_for && event.at >= query.from && event.at <= query.to) found.push_back(event);
    }
    return found;
  }

  std::vector<ActivityEvent> all;
  std::optional<Failure> failure;
  std::function<void(const ActivityQuery&)> on_query;
  std::vector<ActivityQuery> queries;
};

}  // namespace defenderd
