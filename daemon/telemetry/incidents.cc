#include "telemetry/incidents.h"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <utility>

#include "base/scrub.h"
#include "core/moment.h"

namespace defenderd {
namespace {

constexpr std::size_t kExamples = 5;
constexpr std::size_t kMagnitude = 10;
constexpr std::chrono::hours kEndedTime{30 * 24};
constexpr std::size_t kEndedMessage = 512;

}  // namespace

void Incidents::set_window(Duration window) {
  const MutexLock lock(mutex_);
  window_ = window;
}

Incidents::News Incidents::failed(const DesiredSubscription& desired, const Failure& failure) {
  News news;
  const MutexLock lock(mutex_);
  const auto group = groups_.try_emplace(cause_of(failure, desired.tenant)).first;
  const auto member = members_.find(desired.id);
  if (member == members_.end() || member->second != group) {
    // Joined first, so that a group that it leaves empty does not matter.
    const std::string name = desired.name.empty() ? desired.id.text() : desired.name;
    join(group, name, failure.message, news);
    leave(desired.id, news);
    members_.insert_or_assign(desired.id, group);
  }
  news.part_of_incident = group->second.incident.has_value();
  return news;
}

Incidents::News Incidents::recovered(SubscriptionId id) {
  News news;
  const MutexLock lock(mutex_);
  leave(id, news);
  return news;
}

void Incidents::join(Groups::iterator group, const std::string& name, const std::string& message,
                     News& news) {
  Group& of = group->second;
  ++of.members;
  if (of.incident) {
    of.incident->subscriptions = of.members;
    ++revision_;
    of.incident->most = std::max(of.incident->most, of.members);
    if (of.members < kMagnitude * of.reported) return;
    of.reported = of.members;
    news.notices.push_back({Notice::Kind::Grown, *of.incident, lasted(of)});
    return;
  }
  const SteadyTime now = clock_.steady_now();
  of.joined.emplace_back(now, name);
  while (of.joined.size() > kFew + 1 || of.joined.front().first < now - window_)
    of.joined.pop_front();
  if (of.joined.size() <= kFew) return;
  Incident incident{group->first, clock_.wall_now(), of.members, of.members,
                    outgoing_text(message)};
  for (std::size_t i = 0; i < kExamples; ++i) incident.examples.push_back(of.joined[i].second);
  of.joined.clear();
  of.reported = of.members;
  of.started = now;
  ++revision_;
  news.notices.push_back({Notice::Kind::Started, incident});
  of.incident = std::move(incident);
}

void Incidents::leave(SubscriptionId id, News& news) {
  const auto member = members_.find(id);
  if (member == members_.end()) return;
  const Groups::iterator group = member->second;
  members_.erase(member);
  Group& of = group->second;
  --of.members;
  if (of.incident) {
    of.incident->subscriptions = of.members;
    if (!of.recalled) end_if_over(of, news);
  }
  if (of.members == 0 && !of.incident) groups_.erase(group);
}

void Incidents::end_if_over(Group& group, News& news) {
  // A few that still fail have a cause of their own.
  if (group.members > std::min(kFew, group.incident->most / kMagnitude)) return;
  ++revision_;
  news.notices.push_back({Notice::Kind::Ended, *group.incident, lasted(group)});
  EndedIncident ended{*std::move(group.incident), clock_.wall_now()};
  ended.incident.message = outgoing_text(ended.incident.message, kEndedMessage);
  ended.incident.message.shrink_to_fit();
  ended.incident.examples = {};
  ended_.push_back(std::move(ended));
  group.incident.reset();
  keep_recent();
}

void Incidents::keep_recent() {
  const WallTime now = clock_.wall_now();
  std::erase_if(ended_, [&](const EndedIncident& one) { return now - one.ended > kEndedTime; });
  if (ended_.size() <= kEndedIncidents) return;
  ended_.erase(ended_.begin(), ended_.end() - static_cast<std::ptrdiff_t>(kEndedIncidents));
}

void Incidents::recall_ended(std::vector<EndedIncident> earlier) {
  const MutexLock lock(mutex_);
  ended_ = std::move(earlier);
  keep_recent();
}

std::vector<EndedIncident> Incidents::ended() const {
  const MutexLock lock(mutex_);
  return ended_;
}

void Incidents::recall(const std::vector<Incident>& earlier) {
  const Moment now{clock_.steady_now(), clock_.wall_now()};
  const MutexLock lock(mutex_);
  for (const Incident& incident : earlier) {
    Group& group = groups_[incident.cause];
    group.incident = incident;
    group.incident->subscriptions = 0;
    group.started = now.steady_of(incident.since);
    group.reported = incident.most;
    group.recalled = true;
  }
}

Incidents::News Incidents::sweep_completed() {
  News news;
  const MutexLock lock(mutex_);
  for (auto item = groups_.begin(); item != groups_.end();) {
    Group& group = item->second;
    if (std::exchange(group.recalled, false)) end_if_over(group, news);
    item = group.members == 0 && !group.incident ? groups_.erase(item) : std::next(item);
  }
  return news;
}

std::uint64_t Incidents::revision() const {
  const MutexLock lock(mutex_);
  return revision_;
}

Duration Incidents::lasted(const Group& group) const {
  return std::chrono::floor<std::chrono::seconds>(clock_.steady_now() - group.started);
}

std::vector<Incident> Incidents::active() const {
  std::vector<Incident> active;
  {
    const MutexLock lock(mutex_);
    for (const auto& [cause, group] : groups_)
      if (group.incident) active.push_back(*group.incident);
  }
  std::stable_sort(active.begin(), active.end(),
                   [](const Incident& a, const Incident& b) { return a.since < b.since; });
  return active;
}

}  // namespace defenderd
