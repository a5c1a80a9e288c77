#include "app/poll_schedule.h"

#include "base/time_text.h"

namespace defenderd {

Schedule schedule_of(const PollSettings& poll) {
  Schedule schedule{poll.interval, poll.jitter, poll.retry_min, poll.retry_max};
  if (poll.strategy == PollStrategy::ResourceGraph) schedule.full_interval = poll.full_interval;
  return schedule;
}

std::optional<Duration> bulk_interval(const PollSettings& poll) {
  if (poll.strategy == PollStrategy::Direct) return std::nullopt;
  return poll.interval;
}

std::string observation_text(const PollSettings& poll) {
  const std::string interval = format_duration(poll.interval);
  if (poll.strategy == PollStrategy::Direct) return "each subscription is read every " + interval;
  return "Azure Resource Graph is asked every " + interval + ", each subscription itself every " +
         format_duration(poll.full_interval);
}

}  // namespace defenderd
