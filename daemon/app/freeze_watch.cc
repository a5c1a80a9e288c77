#include "app/freeze_watch.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "base/fold_case.h"
#include "base/list_text.h"
#include "base/scrub.h"
#include "base/text.h"
#include "base/time_text.h"
#include "desired/content_hash.h"

namespace defenderd {
namespace {

std::string time_or_none(const std::optional<WallTime>& time) {
  return time ? format_rfc3339(*time) : "-";
}

// The same freeze after a restart, and after an edit that does not concern it.
std::string fingerprint(const Freeze& freeze) {
  std::string text = time_or_none(freeze.from) + time_or_none(freeze.until);
  if (freeze.weekly) {
    const WeeklyWindow& weekly = *freeze.weekly;
    for (const bool day : weekly.days) text += day ? '1' : '0';
    text += std::to_string(weekly.from.count()) + " " + format_duration(weekly.length) + " " +
            std::string(weekly.zone->name());
  }
  text += freeze.except_enable ? "+" : "-";
  for (const std::string& owner : freeze.owners) text += owner + "\n";
  return content_hash({text, freeze.reason, freeze.by});
}

std::string id_of(const Freeze& freeze) { return fingerprint(freeze).substr(0, 8); }

bool names(const ThawOrder& order, const Freeze& freeze) {
  const auto& wanted = order.freezes;
  return order.all || std::any_of(wanted.begin(), wanted.end(), [&](const std::string& one) {
           return one == id_of(freeze) || one == freeze.reason;
         });
}

bool has(const std::vector<Freeze>& freezes, const std::string& wanted) {
  return std::any_of(freezes.begin(), freezes.end(), [&](const Freeze& freeze) {
    return wanted == id_of(freeze) || wanted == freeze.reason;
  });
}

}  // namespace

void FreezeWatch::set_declared(std::vector<Freeze> freezes) {
  parts_.freezes.set_declared(std::move(freezes));
  check({.why = "the settings were edited"});
  warn_of_nobody();
}

void FreezeWatch::set_early(std::vector<Freeze> freezes) {
  if (!parts_.freezes.set_early(std::move(freezes))) return;
  check({.why = "the settings were edited"});
  warn_of_nobody();
}

void FreezeWatch::fleet_declared(bool complete) {
  const StatusSnapshot snapshot = parts_.board.snapshot();
  std::map<Owners, std::size_t> owners;
  for (const auto& row : snapshot.rows) {
    const DesiredSubscription& desired = *row->desired;
    Owners all{fold_case(desired.owner)};
    if (desired.other_owners) {
      for (const std::string& other : *desired.other_owners) all.insert(fold_case(other));
    }
    ++owners[std::move(all)];
  }
  {
    const MutexLock lock(mutex_);
    owners_ = std::move(owners);
    fleet_known_ = complete;
  }
  warn_of_nobody();
}

std::size_t FreezeWatch::concerned(const Freeze& freeze) const {
  Owners wanted;
  for (const std::string& owner : freeze.owners) wanted.insert(fold_case(owner));
  std::size_t count = 0;
  for (const auto& [owners, subscriptions] : owners_) {
    const bool is_one =
        wanted.empty() || std::any_of(owners.begin(), owners.end(),
                                      [&](const auto& owner) { return wanted.contains(owner); });
    if (is_one) count += subscriptions;
  }
  return count;
}

// A word that nobody has would look like a freeze, and freeze nothing. Once for each, until an edit
// changes that.
void FreezeWatch::warn_of_nobody() {
  std::vector<Freezes::Listed> news;
  {
    const MutexLock lock(mutex_);
    if (!fleet_known_) return;
    std::set<std::string> nobody;
    for (const Freezes::Listed& listed : parts_.freezes.list(parts_.clock.wall_now())) {
      if (!listed.span || listed.freeze->owners.empty() || concerned(*listed.freeze) > 0) continue;
      std::string key = fingerprint(*listed.freeze);
      if (!nobody_.contains(key) && !nobody.contains(key)) news.push_back(listed);
      nobody.insert(std::move(key));
    }
    nobody_ = std::move(nobody);
  }
  for (const Freezes::Listed& listed : news) {
    const Freeze& freeze = *listed.freeze;
    const std::string owners =
        joined(freeze.owners, [](const std::string& owner) { return quoted_value(owner); });
    parts_.log.log(LogLevel::Warn, log_event::kFreeze,
                   "the freeze \"" + printable(title_of(freeze)) +
                       "\" concerns no subscription: none has the owner " + owners +
                       "; check the spelling in " +
                       (freeze.source.empty() ? "the order" : printable(freeze.source)) +
                       " and in the desired state",
                   {{log_key::kActor, freeze.by}, {log_key::kCount, "0"}});
  }
}

Result<FreezeAnswer> FreezeWatch::freeze(Freeze freeze) {
  const WallTime now = parts_.clock.wall_now();
  if (freeze.until && *freeze.until <= now)
    return Unexpected(Error{"until is not in the future: " + format_rfc3339(*freeze.until)});
  if (!parts_.freezes.command(std::move(freeze))) {
    return Unexpected(Error{"there are already " + std::to_string(Freezes::kMaxCommanded) +
                            " freezes by the API; end them with POST /-/thaw"});
  }
  check();
  warn_of_nobody();
  return save();
}

FreezeAnswer FreezeWatch::save() const {
  const auto saved = parts_.save();
  return {.not_saved = saved ? "" : saved.error().message};
}

// Two people may have frozen for two reasons: each ends what it names.
Result<FreezeAnswer> FreezeWatch::thaw(const ThawOrder& order) {
  const WallTime now = parts_.clock.wall_now();
  check();  // what has ended by itself was not ended by this
  std::vector<Freeze> known;
  for (const Freezes::Listed& listed : parts_.freezes.list(now))
    if (listed.commanded) known.push_back(*listed.freeze);
  std::set<std::string> different;
  std::string list;
  for (const Freeze& freeze : known) {
    if (different.insert(id_of(freeze)).second)
      list += "\n  " + id_of(freeze) + "  " + printable(title_of(freeze));
  }
  for (const std::string& wanted : order.freezes) {
    if (!has(known, wanted))
      return Unexpected(Error{"nothing was ended: no freeze by the API has the id or the reason " +
                              quoted_value(wanted) +
                              (list.empty() ? "" : "; those in force are" + list)});
  }
  const bool names_none = !order.all && order.freezes.empty();
  if (names_none && different.size() > 1) {
    return Unexpected(Error{"nothing was ended, because " + std::to_string(different.size()) +
                            " freezes by the API are in force: name one by its id or reason "
                            "(freeze=..., --freeze), or end all (all=true, --all)" +
                            list});
  }
  const auto ended = parts_.freezes.thaw(
      [&](const Freeze& freeze) { return names_none || names(order, freeze); }, now);
  if (ended.empty()) return FreezeAnswer{};
  check({.why = "ended through the API: " + order.reason +
                (order.by.empty() ? "" : " (" + order.by + ")"),
         .by = order.by});
  FreezeAnswer answer = save();
  for (const Freeze& freeze : ended) answer.ended.push_back(title_of(freeze));
  return answer;
}

void FreezeWatch::check() { check(Cause{}); }

void FreezeWatch::check(const Cause& cause) {
  const WallTime now = parts_.clock.wall_now();
  parts_.freezes.forget_over(now);
  News news;
  {
    const MutexLock lock(mutex_);
    news = compare(now);
  }
  report(news, now, cause);
}

FreezeWatch::News FreezeWatch::compare(WallTime now) {
  News news;
  std::map<std::string, Known> in_force;
  const auto active = parts_.freezes.at(now);
  for (const ActiveFreeze& active_freeze : active ? *active : ActiveFreezes()) {
    std::string key = fingerprint(*active_freeze.freeze);
    if (in_force.contains(key)) continue;
    if (const auto earlier = known_.find(key); earlier != known_.end()) {
      in_force.insert(known_.extract(earlier));
      continue;
    }
    in_force.emplace(std::move(key), Known{now, active_freeze.freeze->reason});
    news.begun.push_back(active_freeze);
  }
  for (auto& [key, known] : known_) news.ended.push_back(std::move(known));
  if (!news.begun.empty() || !news.ended.empty()) ++revision_;
  known_ = std::move(in_force);
  return news;
}

void FreezeWatch::report(const News& news, WallTime now, const Cause& cause) {
  for (const ActiveFreeze& begun : news.begun) {
    const std::string message = describe_with_scope(begun);
    parts_.log.log(LogLevel::Warn, log_event::kFreeze, message,
                   {{log_key::kUntil, begun.ends ? format_rfc3339(*begun.ends) : ""},
                    {log_key::kActor, begun.freeze->by}});
    parts_.journal.record(Journal::Event{journal_result::kFreeze, begun.freeze->by, message});
  }
  for (const Known& ended : news.ended) {
    const Duration took = std::max<Duration>(now - ended.since, Duration::zero());
    const std::string message = "the freeze is over after " +
                                format_duration(std::chrono::floor<std::chrono::seconds>(took)) +
                                ": " + ended.reason + (cause.why.empty() ? "" : "; " + cause.why);
    parts_.log.log(LogLevel::Info, log_event::kThaw, message, {{log_key::kActor, cause.by}});
    parts_.journal.record(
        Journal::Event{.result = journal_result::kThaw, .by = cause.by, .message = message});
  }
  if (!news.ended.empty()) make_frozen_due();
}

// The budget for writes spreads what they do.
void FreezeWatch::make_frozen_due() const {
  for (const SubscriptionId id : waiting_for(parts_.board.snapshot(), Reason::Frozen))
    parts_.make_due(id);
}

std::vector<FreezeStatus> FreezeWatch::status() const {
  const WallTime now = parts_.clock.wall_now();
  std::vector<FreezeStatus> result;
  const MutexLock lock(mutex_);
  for (const Freezes::Listed& listed : parts_.freezes.list(now)) {
    FreezeStatus status{.freeze = *listed.freeze,
                        .id = id_of(*listed.freeze),
                        .subscriptions = concerned(*listed.freeze)};
    if (listed.span) {
      status.in_force = includes(*listed.span, now);
      status.ends = listed.span->end;
      if (!status.in_force) status.next = listed.span->begin;
    }
    if (status.in_force) {
      const auto known = known_.find(fingerprint(*listed.freeze));
      status.since = listed.span->begin      ? *listed.span->begin
                     : known == known_.end() ? now
                                             : known->second.since;
    }
    result.push_back(std::move(status));
  }
  return result;
}

FreezeMemory FreezeWatch::memory() const {
  FreezeMemory memory{parts_.freezes.commanded(), {}};
  const MutexLock lock(mutex_);
  for (const auto& [key, known] : known_)
    memory.in_force.push_back({key, known.since, known.reason});
  return memory;
}

void FreezeWatch::recall(FreezeMemory memory) {
  parts_.freezes.recall(std::move(memory.commanded));
  const MutexLock lock(mutex_);
  for (FreezeMemory::Known& known : memory.in_force)
    known_.insert_or_assign(std::move(known.fingerprint),
                            Known{known.since, std::move(known.reason)});
}

std::uint64_t FreezeWatch::revision() const {
  const MutexLock lock(mutex_);
  return revision_ + parts_.freezes.revision();
}

}  // namespace defenderd
