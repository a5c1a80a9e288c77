#include "telemetry/incidents.h"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <numeric>
#include <utility>

#include "base/scrub.h"
#include "core/moment.h"

namespace defenderd {
namespace {

constexpr std::size_t kExamples = 5;
constexpr std::size_t kMagnitude = 10;
constexpr std::size_t kFewLeft = 5;
// What shows itself in two ways in turns keeps a reason for so long that an alert sees it: their
// rules wait for five minutes.
constexpr std::chrono::minutes kReasonTime{10};
constexpr std::chrono::hours kEndedTime{30 * 24};
constexpr std::size_t kEndedMessage = 512;

// So few that still fail have a cause of their own.
std::size_t few_of(const Incident& incident) {
  return std::clamp(incident.most / kMagnitude, kFewLeft, Incidents::kFew);
}

Cause outage_of(Cause cause) {
  cause.reason = outage_of(cause.reason);
  return cause;
}

template <typename Forms>
const auto& most_common(const Forms& forms) {
  return *std::max_element(forms.begin(), forms.end(), [](const auto& a, const auto& b) {
    return a.second.members < b.second.members;
  });
}

}  // namespace

void Incidents::set_window(Duration window) {
  const MutexLock lock(mutex_);
  window_ = window;
}

Incidents::News Incidents::failed(const DesiredSubscription& desired, const Failure& failure) {
  News news;
  const MutexLock lock(mutex_);
  const auto group = groups_.try_emplace(outage_of(cause_of(failure, desired.tenant))).first;
  const auto known = members_.find(desired.id);
  if (known == members_.end() || known->second.group != group) {
    std::optional<Member> before;
    if (known != members_.end()) before = std::move(known->second);
    const std::string name = desired.name.empty() ? desired.id.text() : desired.name;
    members_.insert_or_assign(desired.id, Member{group, failure.reason, name});
    join(group, desired.id, failure, news);
    if (before) leave(*before, desired.id, news);
  } else if (known->second.reason != failure.reason) {
    group->second.drop(std::exchange(known->second.reason, failure.reason));
    group->second.take(failure);
  }
  follow_cause(group->second, news);
  news.part_of_incident = group->second.incident.has_value();
  return news;
}

Incidents::News Incidents::recovered(SubscriptionId id) {
  News news;
  const MutexLock lock(mutex_);
  const auto member = members_.extract(id);
  if (member) leave(member.mapped(), id, news);
  return news;
}

std::size_t Incidents::Group::members() const {
  return std::accumulate(forms.begin(), forms.end(), std::size_t{0},
                         [](auto sum, const auto& form) { return sum + form.second.members; });
}

void Incidents::Group::take(const Failure& failure) {
  Form& form = forms[failure.reason];
  if (form.members++ == 0) form.message = failure.message;
}

void Incidents::Group::drop(Reason reason) {
  const auto form = forms.find(reason);
  if (--form->second.members == 0) forms.erase(form);
}

void Incidents::join(Groups::iterator group, SubscriptionId id, const Failure& failure,
                     News& news) {
  Group& of = group->second;
  of.take(failure);
  if (of.incident) {
    count(of);
    ++revision_;
    of.incident->most = std::max(of.incident->most, of.members());
    if (of.members() < kMagnitude * of.reported) return;
    of.reported = of.members();
    news.notices.push_back({Notice::Kind::Grown, *of.incident, lasted(of)});
    return;
  }
  const SteadyTime now = clock_.steady_now();
  // One that fails again and again is one.
  std::erase_if(of.joined, [&](const auto& one) { return one.second == id; });
  of.joined.emplace_back(now, id);
  while (of.joined.size() > kFew + 1 || of.joined.front().first < now - window_)
    of.joined.pop_front();
  if (of.joined.size() <= kFew) return;
  const auto& [reason, form] = most_common(of.forms);
  Incident incident{{reason, group->first.concerns},
                    clock_.wall_now(),
                    of.members(),
                    of.members(),
                    outgoing_text(form.message)};
  for (const auto& [when, joined] : of.joined) {
    const auto member = members_.find(joined);
    if (member == members_.end() || member->second.group != group) continue;
    of.examples.push_back(joined);
    incident.examples.push_back(member->second.name);
    if (of.examples.size() == kExamples) break;
  }
  of.joined.clear();
  of.reported = of.members();
  of.started = now;
  of.changed.reset();
  ++revision_;
  news.notices.push_back({Notice::Kind::Started, incident});
  of.incident = std::move(incident);
}

// How the outage shows itself now, once few fail as they did. An incident of an earlier run waits
// until all were observed again.
void Incidents::follow_cause(Group& group, News& news) {
  if (!group.incident || group.incident->recalled) return;
  Incident& incident = *group.incident;
  const auto& [reason, form] = most_common(group.forms);
  if (reason == incident.cause.reason || form.members <= few_of(incident)) return;
  const auto same = group.forms.find(incident.cause.reason);
  if (same != group.forms.end() && same->second.members > few_of(incident)) return;
  const SteadyTime now = clock_.steady_now();
  if (group.changed && now - *group.changed < kReasonTime) return;
  group.changed = now;
  ++revision_;
  const Reason before = std::exchange(incident.cause.reason, reason);
  incident.message = outgoing_text(form.message);
  news.notices.push_back({Notice::Kind::Changed, incident, lasted(group), before});
}

// Those that failed before the restart and were not observed since count as they did.
void Incidents::count(Group& group) {
  std::size_t& shown = group.incident->subscriptions;
  shown = group.incident->recalled ? std::max(shown, group.members()) : group.members();
}

// It is no member any more.
void Incidents::leave(const Member& member, SubscriptionId id, News& news) {
  const auto group = member.group;
  Group& of = group->second;
  of.drop(member.reason);
  if (of.incident) {
    count(of);
    const auto example = std::find(of.examples.begin(), of.examples.end(), id);
    if (example != of.examples.end()) {
      of.incident->examples.erase(of.incident->examples.begin() + (example - of.examples.begin()));
      of.examples.erase(example);
      add_examples(group);
    }
    if (!of.incident->recalled) end_if_over(of, news);
  }
  if (of.forms.empty() && !of.incident) groups_.erase(group);
}

// Mostly one is needed, and one of the first members is one.
void Incidents::add_examples(Groups::iterator group) {
  Group& of = group->second;
  const std::size_t wanted = std::min(kExamples, of.members());
  ++revision_;
  for (auto it = members_.begin(); it != members_.end() && of.examples.size() < wanted; ++it) {
    const auto& [id, member] = *it;
    if (member.group != group) continue;
    if (std::find(of.examples.begin(), of.examples.end(), id) != of.examples.end()) continue;
    of.examples.push_back(id);
    of.incident->examples.push_back(member.name);
  }
}

void Incidents::end_if_over(Group& group, News& news) {
  if (group.members() > few_of(*group.incident)) return;
  ++revision_;
  news.notices.push_back({Notice::Kind::Ended, *group.incident, lasted(group)});
  EndedIncident ended{*std::move(group.incident), clock_.wall_now()};
  ended.incident.message = outgoing_text(ended.incident.message, kEndedMessage);
  ended.incident.message.shrink_to_fit();
  ended.incident.examples = {};
  ended_.push_back(std::move(ended));
  group.incident.reset();
  group.examples.clear();
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
    const Cause outage = outage_of(incident.cause);
    recalled_.insert(outage.reason);
    Group& group = groups_[outage];
    group.incident = incident;
    group.incident->recalled = true;
    group.started = now.steady_of(incident.since);
    group.reported = incident.most;
  }
}

bool Incidents::was_recalled(Reason reason) const {
  const MutexLock lock(mutex_);
  return recalled_.contains(outage_of(reason));
}

Incidents::News Incidents::observed_again(const std::set<Reason>& but_for) {
  News news;
  std::set<Reason> go_on;
  for (const Reason reason : but_for) go_on.insert(outage_of(reason));
  const MutexLock lock(mutex_);
  for (auto item = groups_.begin(); item != groups_.end();) {
    Group& group = item->second;
    if (group.incident && group.incident->recalled && !go_on.contains(item->first.reason)) {
      group.incident->recalled = false;
      count(group);
      // Those of the earlier run may have recovered.
      group.incident->examples.clear();
      add_examples(item);
      end_if_over(group, news);
    }
    item = group.forms.empty() && !group.incident ? groups_.erase(item) : std::next(item);
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
