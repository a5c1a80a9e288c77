#pragma once
// Which subscriptions have series of their own on /metrics. Here because the settings and the
// metrics share it.

namespace defenderd {

enum class SubscriptionSeries {
  None,       // only the sums over the fleet
  Different,  // those that are not simply as declared
  All,
};

}  // namespace defenderd
