#include "app/findings_watch.h"

#include <chrono>
#include <utility>

#include "base/text.h"
#include "core/fleet_findings.h"

namespace defenderd {
Inspector::Options inspector_options(const FindingSettings& settings) {
  return {settings.enabled, settings.interval, settings.content_filters};
}

std::vector<InspectionTarget> inspection_targets(const StatusSnapshot& declared,
                                                 const CoverageSnapshot& coverage) {
  std::vector<InspectionTarget> targets;
  targets.reserve(declared.rows.size() + coverage.rows.size());
  for (const auto& row : declared.rows) {
    targets.push_back({row->desired->id, row->desired->tenant, true,
                       protected_as(row->desired, nullptr).scanner_declared});
  }
  for (const CoverageRow& row : coverage.rows) {
    if (row.reason == CoverageReason::OutOfSight) continue;
    targets.push_back({row.id, row.listed_in, false, false});
  }
  return targets;
}

FindingsWatch::FindingsWatch(Parts parts, bool enabled)
    : parts_(std::move(parts)), enabled_(enabled) {
  if (!enabled) show_disabled();
}

Inspector::Listener FindingsWatch::listener() {
  Inspector::Listener listener;
  listener.targets = [this]() -> std::optional<std::vector<InspectionTarget>> {
    if (!parts_.may_start()) return std::nullopt;
    return inspection_targets(parts_.board.snapshot(), *parts_.coverage.snapshot());
  };
  listener.inspected = [this](SubscriptionId id, const Inspection& inspection) {
    parts_.findings.set_inspection(id, inspection);
  };
  listener.completed = [this](const InspectionRound& round) { completed(round); };
  listener.passed = [this](const std::optional<InspectionProgress>& progress) { passed(progress); };
  return listener;
}

void FindingsWatch::set_enabled(bool enabled) {
  const MutexLock refreshing(refreshing_);
  {
    const MutexLock lock(mutex_);
    if (std::exchange(enabled_, enabled) == enabled) return;
    if (enabled) return;
    last_round_.reset();
    next_round_.reset();
    progress_.reset();
    failure_.clear();
    denied_.clear();
    known_.clear();
    earlier_.clear();
    warned_.clear();
    ++revision_;
  }
  show_disabled();
}

void FindingsWatch::show_disabled() {
  parts_.findings.keep_only([](SubscriptionId) { return false; });
  FindingsSnapshot none;
  none.enabled = false;
  parts_.findings.set(std::move(none));
}

void FindingsWatch::completed(const InspectionRound& round) {
  parts_.findings.keep_only([&](SubscriptionId id) { return round.may_hold.contains(id); });
  const std::string denied = round.denied.empty() ? "" : *round.denied.begin();
  std::string denied_before;
  {
    const MutexLock lock(mutex_);
    if (!enabled_) return;  // switched off during the round
    last_round_ = parts_.clock.wall_now();
    next_round_ = round.next;
    failure_ = round.failure;
    denied_before = std::exchange(denied_, denied);
    progress_.reset();
  }
  refresh();
  const FindingsBoard::Inspections inspected = parts_.findings.inspections();
  FindingNews over;
  {
    const MutexLock lock(mutex_);
    over.ended = over_since_earlier(round, inspected);
  }
  report_findings(over, parts_.clock.wall_now(), parts_.journal, parts_.log);
  report_denied(denied_before, denied, parts_.log);
  report_round(round, parts_.log);
}

void FindingsWatch::passed(const std::optional<InspectionProgress>& progress) {
  {
    const MutexLock lock(mutex_);
    progress_ = progress;
  }
  refresh();
}

// What an earlier run found, and this one did not, although it could look.
std::vector<Finding> FindingsWatch::over_since_earlier(
    const InspectionRound& round, const FindingsBoard::Inspections& inspected) {
  std::vector<Finding> over;
  for (const auto& [key, was] : std::exchange(earlier_, {})) {
    if (known_.contains(key)) continue;
    const SubscriptionId id = std::get<0>(key);
    const bool could_not_look = round.may_hold.contains(id) && !inspected.contains(id);
    if (could_not_look || (!parts_.board.find(id) && parts_.may_cover(id))) {
      earlier_.emplace(key, was);
      continue;
    }
    Finding finding;
    finding.subscription = id;
    finding.kind = std::get<1>(key);
    finding.resource = std::get<2>(key);
    finding.since = was.since;
    finding.message = std::string(to_text(finding.kind)) + " of " + finding.resource;
    over.push_back(std::move(finding));
    ++revision_;
  }
  return over;
}

std::vector<Finding> FindingsWatch::find(FindingsSnapshot& counted) const {
  const WallTime now = parts_.clock.wall_now();
  std::vector<Finding> findings;
  const auto add = [&](const ProtectedAs& subscription, const Inspection& inspection) {
    add_findings(subscription, inspection, now, findings, counted.accounts);
  };
  FindingsBoard::Inspections others = parts_.findings.inspections();
  std::erase_if(others, [&](const auto& item) {
    const auto row = parts_.board.find(item.first);
    if (row) add(protected_as(row->desired, row->observed.get()), *item.second);
    return row != nullptr;
  });
  if (others.empty()) return findings;
  for (const auto coverage = parts_.coverage.snapshot(); const CoverageRow& row : coverage->rows) {
    const auto inspected = others.find(row.id);
    if (inspected == others.end()) continue;
    const Inspection& inspection = *inspected->second;
    add(unmanaged(row.id, row.name, inspection.plan_on), inspection);
  }
  return findings;
}

// Those that are known keep their time. What an earlier run found and this one did not find again
// yet is not forgotten before a round has ended.
FindingNews FindingsWatch::compare(std::vector<Finding>& now) {
  FindingNews news;
  std::map<Key, Finding> known;
  for (Finding& finding : now) {
    const Key key{finding.subscription, finding.kind, to_lower(finding.resource)};
    const auto before = known_.find(key);
    const auto earlier = earlier_.find(key);
    if (before != known_.end()) {
      finding.since = before->second.since;
      compare_accepted(key, finding, before->second.accepted.has_value(), news);
    } else if (earlier != earlier_.end()) {
      finding.since = earlier->second.since;
      compare_accepted(key, finding, earlier->second.accepted, news);
    } else {
      finding.since = parts_.clock.wall_now();
      news.begun.push_back(finding);
    }
    known.emplace(key, finding);
  }
  for (auto& [key, was] : known_) {
    if (!known.contains(key)) news.ended.push_back(std::move(was));
  }
  const bool changed = !news.begun.empty() || !news.ended.empty() || !news.accepted.empty() ||
                       !news.in_force.empty();
  if (changed) ++revision_;
  warn_of_ends(known, news);
  known_ = std::move(known);
  return news;
}

void FindingsWatch::compare_accepted(const Key& key, const Finding& finding, bool was_accepted,
                                     FindingNews& news) const {
  if (was_accepted == finding.accepted.has_value()) return;
  if (!was_accepted) {
    news.accepted.push_back(finding);
    return;
  }
  Finding in_force = finding;
  if (const auto before = known_.find(key); before != known_.end())
    in_force.accepted = before->second.accepted;
  news.in_force.push_back(std::move(in_force));
}

bool FindingsWatch::is_known_as_accepted(const Key& key) const {
  if (const auto before = known_.find(key); before != known_.end())
    return before->second.accepted.has_value();
  const auto earlier = earlier_.find(key);
  return earlier != earlier_.end() && earlier->second.accepted;
}

// Once for each end, as for suspensions. The line about the beginning of an acceptance that ends
// soon says so itself.
void FindingsWatch::warn_of_ends(const std::map<Key, Finding>& known, FindingNews& news) {
  const WallTime now = parts_.clock.wall_now();
  std::map<Key, WallTime> warned;
  for (const auto& [key, finding] : known) {
    if (!ends_soon(finding, now)) continue;
    const WallTime until = finding.accepted->until;
    const auto before = warned_.find(key);
    const bool is_warned = before != warned_.end() && before->second == until;
    if (!is_warned && is_known_as_accepted(key)) news.ends_soon.push_back(finding);
    warned.emplace(key, until);
  }
  warned_ = std::move(warned);
}

bool FindingsWatch::is_enabled() const {
  const MutexLock lock(mutex_);
  return enabled_;
}

void FindingsWatch::refresh() {
  const MutexLock refreshing(refreshing_);
  if (!is_enabled()) return;
  FindingsSnapshot snapshot;
  std::vector<Finding> findings = find(snapshot);
  FindingNews news;
  {
    const MutexLock lock(mutex_);
    news = compare(findings);
    snapshot.last_round = last_round_;
    snapshot.next_round = next_round_;
    if (progress_) snapshot.round = {progress_->subscriptions, progress_->left};
    snapshot.failure = failure_;
    snapshot.denied = denied_;
  }
  snapshot.findings = std::move(findings);
  parts_.findings.set(std::move(snapshot));
  report_findings(news, parts_.clock.wall_now(), parts_.journal, parts_.log);
}

std::vector<RememberedFinding> FindingsWatch::memory() const {
  std::map<Key, Earlier> all;
  {
    const MutexLock lock(mutex_);
    all = earlier_;
    for (const auto& [key, finding] : known_)
      all.insert_or_assign(key, Earlier{finding.since, finding.accepted.has_value()});
  }
  std::vector<RememberedFinding> findings;
  findings.reserve(all.size());
  for (const auto& [key, was] : all) {
    findings.push_back(
        {std::get<0>(key), std::get<1>(key), std::get<2>(key), was.since, was.accepted});
  }
  return findings;
}

void FindingsWatch::recall(const std::vector<RememberedFinding>& findings) {
  const MutexLock lock(mutex_);
  if (!enabled_) return;
  for (const RememberedFinding& finding : findings)
    earlier_.insert_or_assign({finding.subscription, finding.kind, to_lower(finding.resource)},
                              Earlier{finding.since, finding.accepted});
}

std::uint64_t FindingsWatch::revision() const {
  const MutexLock lock(mutex_);
  return revision_;
}

}  // namespace defenderd
