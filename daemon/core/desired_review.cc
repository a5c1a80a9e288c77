#include "core/desired_review.h"

#include <algorithm>
#include <unordered_set>
#include <utility>

#include "core/diff.h"
#include "core/scope.h"
#include "core/write_gate.h"

namespace defenderd {
namespace {

using Ids = std::unordered_set<SubscriptionId>;

ReviewItem item_of(Edit edit, const DesiredSubscription* before, const DesiredSubscription* after) {
  const DesiredSubscription& shown = after == nullptr ? *before : *after;
  ReviewItem item;
  item.edit = edit;
  item.id = shown.id;
  item.name = shown.name;
  item.source = shown.source;
  item.mode = shown.mode;
  item.wave = shown.wave;
  item.keys = key_changes(before, after);
  return item;
}

ReviewItem item_of(Edit edit, const Scope* before, const Scope* after) {
  const Scope& shown = after == nullptr ? *before : *after;
  ReviewItem item;
  item.edit = edit;
  item.is_scope = true;
  item.name = shown.name;
  item.selects = selection_text(shown);
  item.source = shown.declares.source;
  item.mode = shown.declares.mode;
  item.wave = shown.declares.wave;
  item.keys = key_changes(before, after);
  return item;
}

// What is new is no less protected than before, unless its plan is off.
bool switches_off(const ReviewItem& item) {
  return std::any_of(item.keys.begin(), item.keys.end(), [&](const KeyChange& change) {
    return change.switches_off &&
           (item.edit == Edit::Changed || change.key == Field::plan(kDeclaredPlan).text());
  });
}

// A subscription with an entry does not leave with the scope.
bool excludes_more(const ReviewItem& item, const Ids& entries) {
  return item.edit == Edit::Changed && item.is_scope &&
         std::any_of(item.keys.begin(), item.keys.end(), [&](const KeyChange& change) {
           if (change.key != kExcludeKey || !change.to) return false;
           const auto id = SubscriptionId::parse(*change.to);
           return id && !entries.contains(*id);
         });
}

// A subscription that a scope excluded is covered by it now.
bool excludes_less(const ReviewItem& item, const Ids& entries) {
  return item.is_scope &&
         std::any_of(item.keys.begin(), item.keys.end(), [&](const KeyChange& change) {
           if (change.key != kExcludeKey || !change.from) return false;
           const auto id = SubscriptionId::parse(*change.from);
           return id && !entries.contains(*id);
         });
}

// Until when nothing is written.
WallTime pause_of(const DesiredSubscription& declared, WallTime now) {
  return is_suspended(declared, now) ? declared.suspend->until : WallTime::min();
}

bool stops_correcting(const ReviewItem& item, const DesiredSubscription& before,
                      const DesiredSubscription& after, WallTime now) {
  if (before.mode != Mode::Enforce) return false;
  return after.mode != Mode::Enforce || pause_of(after, now) > pause_of(before, now) ||
         std::any_of(item.keys.begin(), item.keys.end(),
                     [](const KeyChange& change) { return change.stops_correcting; });
}

bool starts_enforcing(const ReviewItem& item, const DesiredSubscription& before,
                      const DesiredSubscription& after, const Ids& entries, WallTime now) {
  if (after.mode != Mode::Enforce) return false;
  return before.mode != Mode::Enforce || pause_of(after, now) < pause_of(before, now) ||
         excludes_less(item, entries);
}

bool is_corrected(const DesiredSubscription& declared, WallTime now) {
  return declared.mode == Mode::Enforce && !is_suspended(declared, now);
}

// Whether a scope of the old state may have corrected what a new entry leaves alone.
bool may_stop_a_scope(const DesiredSubscription& added, const DesiredState& before, WallTime now) {
  if (is_corrected(added, now)) return false;
  return std::any_of(before.scopes.begin(), before.scopes.end(), [&](const Scope& scope) {
    return scope.declares.mode == Mode::Enforce && scope.declares.tenant == added.tenant;
  });
}

void flag_change(ReviewItem& item, const DesiredSubscription& before,
                 const DesiredSubscription& after, const Ids& entries, WallTime now) {
  if (stops_correcting(item, before, after, now)) item.flags.insert(RedFlag::StopsCorrecting);
  if (starts_enforcing(item, before, after, entries, now)) item.flags.insert(RedFlag::Enforces);
}

void add(DesiredReview& review, ReviewItem item, const Ids& entries) {
  if (switches_off(item)) item.flags.insert(RedFlag::SwitchesOff);
  if (item.edit == Edit::Removed || excludes_more(item, entries))
    item.flags.insert(RedFlag::Leaves);
  for (const RedFlag flag : item.flags) ++review.flagged.at(static_cast<std::size_t>(flag));
  ++review.waves[item.wave];
  review.items.push_back(std::move(item));
}

}  // namespace

std::string_view to_text(Edit edit) {
  if (edit == Edit::Removed) return "removed";
  return edit == Edit::Added ? "added" : "changed";
}

std::string_view to_text(RedFlag flag) {
  if (flag == RedFlag::SwitchesOff) return "switchesOff";
  if (flag == RedFlag::Leaves) return "leaves";
  return flag == RedFlag::StopsCorrecting ? "stopsCorrecting" : "enforces";
}

DesiredReview review_edit(const DesiredState& before, const DesiredState& after, WallTime now) {
  const DesiredChanges changes = changes_between(before, after);
  Ids entries;
  entries.reserve(after.subscriptions.size());
  for (const Declaration& declaration : after.subscriptions) entries.insert(declaration->id);

  DesiredReview review;
  review.subscriptions = {changes.left.size(), changes.changed.size(), changes.joined.size()};
  review.scopes = {changes.scopes_left.size(), changes.scopes_changed.size(),
                   changes.scopes_joined.size()};
  for (const Declaration& left : changes.left)
    add(review, item_of(Edit::Removed, &*left, nullptr), entries);
  for (const ChangedDeclaration& changed : changes.changed) {
    ReviewItem item = item_of(Edit::Changed, &*changed.before, &*changed.after);
    flag_change(item, *changed.before, *changed.after, entries, now);
    add(review, std::move(item), entries);
  }
  for (const Declaration& joined : changes.joined) {
    ReviewItem item = item_of(Edit::Added, nullptr, &*joined);
    if (is_corrected(*joined, now)) item.flags.insert(RedFlag::Enforces);
    if (may_stop_a_scope(*joined, before, now)) item.flags.insert(RedFlag::StopsCorrecting);
    add(review, std::move(item), entries);
  }
  for (const Scope& left : changes.scopes_left)
    add(review, item_of(Edit::Removed, &left, nullptr), entries);
  for (const ChangedScope& changed : changes.scopes_changed) {
    ReviewItem item = item_of(Edit::Changed, &changed.before, &changed.after);
    flag_change(item, changed.before.declares, changed.after.declares, entries, now);
    add(review, std::move(item), entries);
  }
  for (const Scope& joined : changes.scopes_joined) {
    ReviewItem item = item_of(Edit::Added, nullptr, &joined);
    if (is_corrected(joined.declares, now)) item.flags.insert(RedFlag::Enforces);
    add(review, std::move(item), entries);
  }
  return review;
}

}  // namespace defenderd
