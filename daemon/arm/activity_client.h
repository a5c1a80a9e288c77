#pragma once
// The activity log of a subscription in Azure Monitor: who wrote what in the last 90 days.
//
// Source: azure-rest-api-specs, specification/monitor/resource-manager/Microsoft.Insights/stable/
// 2015-04-01/activityLogs_API.json. A filter takes a span of time and at most one of resourceUri,
// resourceProvider, resourceGroupName and correlationId. Whether resourceUri finds a resource of
// the subscription itself is not documented, so the provider is asked for.

#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "arm/arm_client.h"
#include "reconcile/activity_log.h"

namespace defenderd {

class ActivityClient final : public ActivityLog {
 public:
  // The client must outlive it.
  ActivityClient(ArmClient& arm, Origin resource_manager);

  // Only writes of plans, and deployments. Bounded in pages, events and size. A page that fails is
  // a failure: the caller asks again later.
  ArmResult<std::vector<ActivityEvent>> events(const ActivityQuery& query,
                                               const std::stop_token& stop) override;

 private:
  ArmClient& arm_;
  const Origin resource_manager_;
};

}  // namespace defenderd
