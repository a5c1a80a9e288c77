#include "app/freeze_watch.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

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

}  // namespace

void FreezeWatch::set_declared(std::vector<Freeze> freezes) {
  parts_.freezes.set_declared(std::move(freezes));
  check("the settings were edited");
}

void FreezeWatch::set_early(std::vector<Freeze> freezes) {
  if (parts_.freezes.set_early(std::move(freezes))) check("the settings were edited");
}

Result<Done> FreezeWatch::freeze(Freeze freeze) {
  const WallTime now = parts_.clock.wall_now();
  if (freeze.until && *freeze.until <= now)
    return Unexpected(Error{"until is not in the future: " + format_rfc3339(*freeze.until)});
  freeze.from = now;
  if (!parts_.freezes.command(std::move(freeze))) {
    return Unexpected(Error{"there are already " + std::to_string(Freezes::kMaxCommanded) +
                            " freezes by the API; end them with POST /-/thaw"});
  }
  check("");
  parts_.save();
  return Done{};
}

std::size_t FreezeWatch::thaw(const std::string& reason, const std::string& by) {
  const std::size_t ended = parts_.freezes.thaw();
  if (ended == 0) return 0;
  check("ended through the API: " + reason + (by.empty() ? "" : " (" + by + ")"));
  parts_.save();
  return ended;
}

void FreezeWatch::check() { check(""); }

void FreezeWatch::check(const std::string& why) {
  const WallTime now = parts_.clock.wall_now();
  parts_.freezes.forget_over(now);
  News news;
  {
    const MutexLock lock(mutex_);
    news = compare(now);
  }
  report(news, now, why);
}

FreezeWatch::News FreezeWatch::compare(WallTime now) {
  News news;
  std::map<std::string, Known> in_force;
  const auto active = parts_.freezes.at(now);
  for (const ActiveFreeze& one : active ? *active : ActiveFreezes()) {
    std::string key = fingerprint(*one.freeze);
    if (in_force.contains(key)) continue;
    if (const auto earlier = known_.find(key); earlier != known_.end()) {
      in_force.insert(known_.extract(earlier));
      continue;
    }
    in_force.emplace(std::move(key), Known{now, one.freeze->reason});
    news.begun.push_back(one);
  }
  for (auto& [key, known] : known_) news.ended.push_back(std::move(known));
  if (!news.begun.empty() || !news.ended.empty()) ++revision_;
  known_ = std::move(in_force);
  return news;
}

void FreezeWatch::report(const News& news, WallTime now, const std::string& why) {
  for (const ActiveFreeze& begun : news.begun) {
    const std::string message = describe_with_scope(begun);
    parts_.log.log(LogLevel::Warn, log_event::kFreeze, message,
                   {{log_key::kUntil, begun.ends ? format_rfc3339(*begun.ends) : ""},
                    {log_key::kActor, begun.freeze->by}});
    parts_.journal.record(Journal::Event{"freeze", begun.freeze->by, message});
  }
  for (const Known& ended : news.ended) {
    const Duration took = std::max<Duration>(now - ended.since, Duration::zero());
    const std::string message = "the freeze is over after " +
                                format_duration(std::chrono::floor<std::chrono::seconds>(took)) +
                                ": " + ended.reason + (why.empty() ? "" : "; " + why);
    parts_.log.log(LogLevel::Info, log_event::kThaw, message);
    parts_.journal.record(Journal::Event{.result = "thaw", .message = message});
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
    FreezeStatus status{.freeze = *listed.freeze};
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
