#include "cli/edit_text.h"

#include <algorithm>
#include <cstddef>

#include "core/scope.h"

namespace defenderd {
namespace {

EditPart part_of(const ReviewItem& item) {
  if (item.flags.contains(RedFlag::SwitchesOff)) return EditPart::SwitchesOff;
  if (item.flags.contains(RedFlag::Leaves)) return EditPart::Leaves;
  if (item.flags.contains(RedFlag::StopsCorrecting)) return EditPart::StopsCorrecting;
  if (item.flags.contains(RedFlag::Enforces)) return EditPart::Enforces;
  return item.edit == Edit::Added ? EditPart::Added : EditPart::Changed;
}

void append_item(std::string& list, const std::string& item) {
  if (!list.empty()) list += ", ";
  list += item;
}

void append_counts(std::string& text, std::size_t subscriptions, std::size_t scopes, Edit edit) {
  if (subscriptions + scopes == 0) return;
  append_item(text, count_text(subscriptions, scopes) + " " + std::string(to_text(edit)));
}

}  // namespace

std::string_view title_of(EditPart part) {
  switch (part) {
    case EditPart::SwitchesOff:
      return "Switches protection off";
    case EditPart::Leaves:
      return "Leaves the list; left as it is in Azure";
    case EditPart::StopsCorrecting:
      return "No longer corrected";
    case EditPart::Enforces:
      return "Corrected from now on";
    case EditPart::Changed:
      return "Changed";
    case EditPart::Added:
      return "Added";
  }
  return "";
}

std::vector<const ReviewItem*> items_of(const DesiredReview& review, EditPart part) {
  std::vector<const ReviewItem*> items;
  for (const ReviewItem& item : review.items) {
    if (part_of(item) == part) items.push_back(&item);
  }
  std::stable_sort(items.begin(), items.end(),
                   [](const ReviewItem* a, const ReviewItem* b) { return a->wave < b->wave; });
  return items;
}

std::string declaration_text(const ReviewItem& item) {
  std::string text;
  for (const KeyChange& change : item.keys) {
    const bool is_text = change.key == "name" || change.key == "reason" || change.key == "owner";
    const std::string& value = change.to ? *change.to : *change.from;
    const bool is_default = (change.key == "unnamedExtensions" && value == "leave") ||
                            (change.key == kWaveKey && value == "0");
    if (!is_text && !is_default) append_item(text, change.key + " " + value);
  }
  return text;
}

std::string counts_text(const DesiredReview& review) {
  std::string text;
  const DesiredReview::Counts& subscriptions = review.subscriptions;
  const DesiredReview::Counts& scopes = review.scopes;
  append_counts(text, subscriptions.removed, scopes.removed, Edit::Removed);
  append_counts(text, subscriptions.changed, scopes.changed, Edit::Changed);
  append_counts(text, subscriptions.added, scopes.added, Edit::Added);
  return text;
}

std::string flags_text(const DesiredReview& review) {
  std::string text;
  const auto append = [&](RedFlag flag, std::string_view one, std::string_view many) {
    const std::size_t count = review.count(flag);
    if (count == 0) return;
    append_item(text, std::to_string(count) + " " + std::string(count == 1 ? one : many));
  };
  append(RedFlag::SwitchesOff, "switches protection off", "switch protection off");
  append(RedFlag::Leaves, "leaves the list", "leave the list");
  append(RedFlag::StopsCorrecting, "is no longer corrected", "are no longer corrected");
  append(RedFlag::Enforces, "is corrected from now on", "are corrected from now on");
  return text;
}

std::string waves_text(const DesiredReview& review) {
  std::string text;
  if (!review.has_waves()) return text;
  for (const auto& [wave, count] : review.waves)
    append_item(text, "wave " + std::to_string(wave) + ": " + std::to_string(count));
  return text;
}

}  // namespace defenderd
