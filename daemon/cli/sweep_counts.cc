#include "cli/sweep_counts.h"

#include <algorithm>

#include "core/plan_catalog.h"

namespace defenderd {
namespace {

bool has(const std::vector<Change>& changes, ChangeResult result) {
  return std::any_of(changes.begin(), changes.end(),
                     [&](const Change& change) { return change.result == result; });
}

bool switches_off(const std::vector<Change>& changes, ChangeResult result) {
  return std::any_of(changes.begin(), changes.end(), [&](const Change& change) {
    return change.result == result && !change.drift.desired;
  });
}

std::string with_commas(std::size_t number) {
  std::string text = std::to_string(number);
  for (std::size_t at = text.size(); at > 3;) text.insert(at -= 3, ",");
  return text;
}

void count_changes(const SweptSubscription& swept, SweepCounts& counts) {
  const std::vector<Change>& changes = swept.outcome.changes;
  const bool is_changed = !swept.applied.empty() || has(changes, ChangeResult::Applied);
  counts.changed += is_changed ? 1 : 0;
  counts.switched_off += switches_off(swept.applied, ChangeResult::Applied) ||
                                 switches_off(changes, ChangeResult::Applied)
                             ? 1
                             : 0;
  counts.changes_applied += swept.applied.size();
  for (const Change& change : changes) {
    const bool is_planned = change.result == ChangeResult::Planned;
    counts.changes_applied += change.result == ChangeResult::Applied ? 1 : 0;
    counts.changes_planned += is_planned ? 1 : 0;
    counts.changes_withheld += change.result == ChangeResult::Withheld ? 1 : 0;
    counts.changes_failed += change.result == ChangeResult::Failed ? 1 : 0;
    counts.plans_on +=
        is_planned && swept.skipped.empty() && change.drift.field.is_plan() && change.drift.desired
            ? 1
            : 0;
  }
}

void count_standing(const SweptSubscription& swept, SweepCounts& counts) {
  switch (standing_of(swept)) {
    case Standing::InSync:
      ++counts.in_sync;
      break;
    case Standing::ToChange:
      ++(swept.skipped.empty() ? counts.to_change : counts.skipped);
      if (swept.skipped.empty() && switches_off(swept.outcome.changes, ChangeResult::Planned))
        ++counts.to_switch_off;
      break;
    case Standing::Withheld:
      ++counts.withheld;
      break;
    case Standing::Failing:
      ++counts.failing;
      break;
    case Standing::NotReadable:
      ++counts.not_readable;
      break;
    case Standing::NotReached:
      ++counts.not_reached;
      break;
    case Standing::NotSelected:
      break;
  }
}

// " (on 4, off 3)"
std::string directions(std::size_t all, std::size_t off) {
  if (all == 0) return {};
  std::string text;
  if (all > off) text += "on " + with_commas(all - off);
  if (off > 0) text += (text.empty() ? "off " : ", off ") + with_commas(off);
  return " (" + text + ")";
}

// What most sweeps do not have.
std::string others(const SweepCounts& counts) {
  std::string text;
  const auto add = [&](std::size_t count, std::string_view what) {
    if (count > 0) text += ", " + with_commas(count) + " " + std::string(what);
  };
  add(counts.withheld, "withheld");
  add(counts.failing, "failed");
  add(counts.not_readable, "not readable");
  add(counts.not_selected, "not selected");
  return text;
}

}  // namespace

Standing standing_of(const SweptSubscription& swept) {
  if (!swept.selected) return Standing::NotSelected;
  if (!swept.reached) return Standing::NotReached;
  const Outcome& outcome = swept.outcome;
  if (!outcome.observed) return Standing::NotReadable;
  if (has(outcome.changes, ChangeResult::Planned)) return Standing::ToChange;
  if (outcome.failure || has(outcome.changes, ChangeResult::Failed)) return Standing::Failing;
  return outcome.drift_left.empty() ? Standing::InSync : Standing::Withheld;
}

SweepCounts count(const SweepResult& result) {
  SweepCounts counts;
  for (const SweptSubscription& swept : result.subscriptions) {
    if (!swept.selected) {
      ++counts.not_selected;
      continue;
    }
    ++counts.subscriptions;
    count_standing(swept, counts);
    count_changes(swept, counts);
  }
  return counts;
}

bool has_no_token(const SweepResult& result) {
  bool is_asked = false;
  for (const SweptSubscription& swept : result.subscriptions) {
    if (!swept.selected || !swept.reached) continue;
    if (swept.outcome.observed || !swept.outcome.failure ||
        swept.outcome.failure->reason != Reason::CredentialFailed)
      return false;
    is_asked = true;
  }
  return is_asked;
}

int exit_code(const SweepResult& result) {
  if (result.stopped) return kExitInterrupted;
  if (has_no_token(result)) return kExitError;
  const SweepCounts counts = count(result);
  if (counts.not_readable > 0) return kExitPartly;
  return counts.differ() > 0 ? kExitDrift : kExitInSync;
}

std::string subscriptions_text(std::size_t count) {
  return with_commas(count) + (count == 1 ? " subscription" : " subscriptions");
}

std::string plan_summary(const SweepCounts& counts) {
  std::string text = "Plan: " + subscriptions_text(counts.to_change) + " to change" +
                     directions(counts.to_change, counts.to_switch_off);
  if (counts.skipped > 0) text += ", " + with_commas(counts.skipped) + " left for later (--max)";
  text += ", " + with_commas(counts.in_sync) + " in sync" + others(counts) + "\n";
  if (counts.plans_on > 0) {
    text += with_commas(counts.plans_on) +
            (counts.plans_on == 1 ? " change switches" : " changes switch") +
            " the plan on, which is " + std::string(entry_of(kDeclaredPlan).cost) + "\n";
  }
  return text;
}

std::string apply_summary(const SweepCounts& counts) {
  std::string text = "Applied: " + subscriptions_text(counts.changed) + " changed" +
                     directions(counts.changed, counts.switched_off);
  if (counts.skipped > 0) text += ", " + with_commas(counts.skipped) + " not written (--max)";
  if (counts.to_change > 0) text += ", " + with_commas(counts.to_change) + " not written";
  return text + ", " + with_commas(counts.in_sync) + " in sync" + others(counts) + "\n";
}

std::string stopped_summary(const SweepCounts& counts) {
  const std::size_t read = counts.subscriptions - counts.not_reached;
  if (counts.changed + counts.changes_failed == 0) {
    return "Stopped: " + with_commas(read) + " of " + subscriptions_text(counts.subscriptions) +
           " read, nothing written\n";
  }
  return "Stopped: " + subscriptions_text(counts.changed) + " changed" +
         directions(counts.changed, counts.switched_off) +
         (counts.failing > 0 ? ", " + with_commas(counts.failing) + " failed" : "") + ", " +
         with_commas(counts.to_change + counts.skipped) + " of the plan not written\n";
}

}  // namespace defenderd
