#include "core/freeze.h"

#include <algorithm>

#include "base/fold_case.h"
#include "base/time_text.h"
#include "core/desired_state.h"
#include "core/diff.h"

namespace defenderd {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::local_days;

bool begins_on(const WeeklyWindow& window, local_days day) {
  return window.days.at(std::chrono::weekday(day).iso_encoding() - 1);
}

WallTime end_of(const WeeklyWindow& window, LocalTime begins) {
  const bool whole_days = window.length % hours(24) == Duration::zero();
  if (!whole_days) return window.zone->moment(begins) + window.length;
  return window.zone->moment(begins + std::chrono::duration_cast<days>(window.length));
}

// Looks a week ahead, by which time everything repeats, and back as far as a window that is still
// open can have begun.
std::optional<FreezeSpan> current_or_next(const WeeklyWindow& window, WallTime now) {
  const auto today = std::chrono::floor<days>(window.zone->local(now));
  const auto longest = std::chrono::ceil<days>(window.length) + days(1);
  const local_days horizon = today + days(8);
  std::optional<FreezeSpan> span;
  for (local_days day = today - longest; day <= horizon; day += days(1)) {
    if (!begins_on(window, day)) continue;
    const LocalTime begins = day + window.from;
    const WallTime begin = window.zone->moment(begins);
    const WallTime end = end_of(window, begins);
    if (span && begin <= *span->end) {
      span->end = std::max(*span->end, end);
    } else if (span && now < *span->end) {
      return span;
    } else {
      span = {begin, end};
    }
  }
  if (!span || *span->end <= now) return std::nullopt;
  // One that is open for a whole week never closes.
  const bool whole_week = *span->begin <= now && *span->end > now + days(7);
  return whole_week ? FreezeSpan{} : *span;
}

}  // namespace

bool WeeklyWindow::operator==(const WeeklyWindow& other) const {
  return days == other.days && from == other.from && length == other.length &&
         zone->name() == other.zone->name();
}

std::optional<FreezeSpan> current_or_next(const Freeze& freeze, WallTime now) {
  if (freeze.weekly) return current_or_next(*freeze.weekly, now);
  if (freeze.until && *freeze.until <= now) return std::nullopt;
  return FreezeSpan{freeze.from, freeze.until};
}

bool includes(const FreezeSpan& span, WallTime moment) {
  return (!span.begin || *span.begin <= moment) && (!span.end || moment < *span.end);
}

bool has_owner(const DesiredSubscription& desired, std::string_view owner) {
  if (same_but_for_case(desired.owner, owner)) return true;
  const auto& others = desired.other_owners;
  return others && std::any_of(others->begin(), others->end(), [&](const std::string& other) {
           return same_but_for_case(other, owner);
         });
}

bool concerns(const Freeze& freeze, const DesiredSubscription& desired, const Drift* drift) {
  const bool owned = freeze.owners.empty() ||
                     std::any_of(freeze.owners.begin(), freeze.owners.end(),
                                 [&](const auto& owner) { return has_owner(desired, owner); });
  if (!owned) return false;
  return !freeze.except_enable || (drift != nullptr && !drift->desired);
}

std::string describe(const ActiveFreeze& active) {
  const Freeze& freeze = *active.freeze;
  std::string text = "writes are frozen";
  text += active.ends ? " until " + format_rfc3339(*active.ends) : " until the freeze is removed";
  text += ": " + freeze.reason;
  if (!freeze.by.empty()) text += " (" + freeze.by + ")";
  return text;
}

}  // namespace defenderd
