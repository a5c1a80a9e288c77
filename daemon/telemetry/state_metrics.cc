#include "telemetry/state_metrics.h"

#include <array>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/text.h"
#include "base/time_text.h"
#include "telemetry/deadlines.h"

namespace defenderd {
namespace {

// ARM's resourcesCoverageStatus. The set is open.
struct Coverage {
  std::string_view arm;
  std::string_view label;
};
constexpr std::array<Coverage, 3> kCoverages{
    {{"FullyCovered", "full"}, {"PartiallyCovered", "partial"}, {"NotCovered", "none"}}};

// The last one is for any other.
std::size_t coverage_slot(std::string_view arm) {
  std::size_t slot = 0;
  while (slot < kCoverages.size() && !iequals(kCoverages.at(slot).arm, arm)) ++slot;
  return slot;
}

}  // namespace

void write_state_metrics(Exposition& out, const StatusSnapshot& snapshot, WallTime now) {
  std::array<double, kAllStates.size()> by_state{};
  std::array<double, kReasonCount> by_reason{};
  std::array<double, kAllObservedBy.size()> by_way{};
  double not_observed = 0;
  std::array<double, kAllModes.size()> by_mode{};
  std::array<double, kCoverages.size() + 1> by_coverage{};
  Deadlines deadlines;
  KnownCounts counts;
  for (const auto& row : snapshot.rows) {
    counts.add(*row);
    deadlines.add(*row, now);
    ++by_mode[static_cast<std::size_t>(row->desired->mode)];
    if (row->observed && !row->observed->coverage.empty())
      ++by_coverage.at(coverage_slot(row->observed->coverage));
    ++by_state[static_cast<std::size_t>(row->state)];
    ++by_reason[static_cast<std::size_t>(row->reason)];
    const auto by = row->observed_by();
    ++(by ? by_way[static_cast<std::size_t>(*by)] : not_observed);
  }
  out.family("defenderd_subscriptions", MetricKind::Gauge, "Declared subscriptions by state.");
  for (const State state : kAllStates) {
    out.sample(label_text({{"state", to_text(state)}}), by_state[static_cast<std::size_t>(state)]);
  }
  out.family("defenderd_subscriptions_by_reason", MetricKind::Gauge,
             "Declared subscriptions by the reason of their current state.");
  for (const Reason reason : all_reasons()) {
    out.sample(label_text({{"reason", to_text(reason)}}),
               by_reason[static_cast<std::size_t>(reason)]);
  }
  out.family("defenderd_subscriptions_known", MetricKind::Gauge,
             "Declared subscriptions by whether they are as declared; not_known: the last "
             "observation failed.");
  for (const Known known : kAllKnown) {
    out.sample(label_text({{"value", to_text(known)}}),
               static_cast<double>(counts.now.at(static_cast<std::size_t>(known))));
  }
  out.family("defenderd_subscriptions_last_known", MetricKind::Gauge,
             "Subscriptions that are not known now, by what their last observation showed.");
  for (const Known known : kAllKnown) {
    out.sample(label_text({{"value", last_known_text(known)}}),
               static_cast<double>(counts.last.at(static_cast<std::size_t>(known))));
  }
  out.family("defenderd_subscriptions_observed", MetricKind::Gauge,
             "Declared subscriptions by how each was last observed.");
  for (const ObservedBy by : kAllObservedBy) {
    out.sample(label_text({{"by", to_text(by)}}), by_way[static_cast<std::size_t>(by)]);
  }
  out.sample(label_text({{"by", "none"}}), not_observed);
  out.family("defenderd_subscriptions_by_mode", MetricKind::Gauge,
             "Declared subscriptions by mode.");
  for (const Mode mode : kAllModes) {
    out.sample(label_text({{"mode", to_text(mode)}}), by_mode[static_cast<std::size_t>(mode)]);
  }
  out.family("defenderd_subscriptions_by_coverage", MetricKind::Gauge,
             "Observed subscriptions by how many of their resources the plan covers, as Azure "
             "says.");
  for (std::size_t slot = 0; slot < kCoverages.size(); ++slot) {
    out.sample(label_text({{"coverage", kCoverages.at(slot).label}}), by_coverage.at(slot));
  }
  out.sample(label_text({{"coverage", "other"}}), by_coverage.back());
  write_deadlines(out, deadlines);
}

}  // namespace defenderd
