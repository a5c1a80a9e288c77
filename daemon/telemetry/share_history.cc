#include "telemetry/share_history.h"

#include <chrono>
#include <optional>
#include <utility>

#include "base/json_writer.h"
#include "base/time_text.h"
#include "telemetry/section_list.h"

namespace defenderd {
namespace {

auto hour_of(WallTime time) { return std::chrono::floor<std::chrono::hours>(time); }

std::optional<ShareSample> read_sample(const SectionNode& item) {
  const auto parts = item.items();
  if (!parts || parts->size() != 4) return std::nullopt;
  const auto at = (*parts)[0].as_time();
  const auto as_declared = (*parts)[1].count();
  const auto different = (*parts)[2].count();
  const auto not_known = (*parts)[3].count();
  if (!at || !as_declared || !different || !not_known) return std::nullopt;
  return ShareSample{*at, *as_declared, *different, *not_known};
}

}  // namespace

void ShareHistory::record(const KnownCounts& counts, WallTime now) {
  const auto of = [&](Known known) { return counts.now[static_cast<std::size_t>(known)]; };
  const MutexLock lock(mutex_);
  ++revision_;
  // A clock that was set back does not make two samples of one hour, or an order that is wrong.
  std::erase_if(samples_, [&](const ShareSample& sample) {
    return hour_of(sample.at) >= hour_of(now) || hour_of(now) - hour_of(sample.at) >= kShareTime;
  });
  samples_.push_back({now, of(Known::AsDeclared), of(Known::Different), of(Known::NotKnown)});
  thin(now);
}

// Of six hours that are older than a week, the last sample stays.
void ShareHistory::thin(WallTime now) {
  std::size_t kept = 0;
  for (std::size_t i = 0; i < samples_.size(); ++i) {
    const WallTime at = samples_[i].at;
    const bool is_old = hour_of(now) - hour_of(at) >= std::chrono::hours(kShareHours);
    const bool is_last =
        i + 1 == samples_.size() ||
        std::chrono::floor<SixHours>(at) != std::chrono::floor<SixHours>(samples_[i + 1].at);
    if (!is_old || is_last) samples_[kept++] = samples_[i];
  }
  samples_.resize(kept);
}

std::vector<ShareSample> ShareHistory::samples() const {
  const MutexLock lock(mutex_);
  return samples_;
}

void ShareHistory::recall(std::vector<ShareSample> earlier) {
  if (earlier.size() > kShareSamples)
    earlier.erase(earlier.begin(), earlier.end() - static_cast<std::ptrdiff_t>(kShareSamples));
  const MutexLock lock(mutex_);
  samples_ = std::move(earlier);
}

std::uint64_t ShareHistory::revision() const {
  const MutexLock lock(mutex_);
  return revision_;
}

std::string format(const std::vector<ShareSample>& samples) {
  JsonWriter json;
  json.begin_array();
  for (const ShareSample& sample : samples) {
    json.begin_array();
    json.value(format_rfc3339(sample.at));
    for (const std::size_t count : {sample.as_declared, sample.different, sample.not_known})
      json.value(count);
    json.end_array();
  }
  json.end_array();
  return json.take();
}

Result<std::vector<ShareSample>> parse_share_section(std::string_view text) {
  return parse_list<ShareSample>(text, read_sample, "its history of the fleet");
}

}  // namespace defenderd
