// The forms of the report for a terminal and for programs; edit_markdown.cc has the one for pull
// requests.

#include "cli/edit_report.h"

#include <algorithm>
#include <cstddef>
#include <string_view>
#include <vector>

#include "base/text.h"
#include "cli/edit_text.h"
#include "core/subscription_text.h"

namespace defenderd {
namespace {

constexpr std::size_t kMaxItems = 100;  // of a part
constexpr std::size_t kMaxKeys = 20;    // of an item
constexpr std::size_t kMaxValue = 200;  // bytes

constexpr std::string_view kMarks = "-~+";  // by Edit

std::string value_text(const std::optional<std::string>& value) {
  return value ? printable(*value, kMaxValue) : "(none)";
}

std::string who(const ReviewItem& item) {
  if (!item.is_scope) return name_and_id(printable(item.name), item.id);
  const std::string name = printable(item.name);
  return "scope " + (name.empty() ? "" : name + " ") + "(" + printable(item.selects) + ")";
}

// "  (wave 10, mode observe)"
std::string remarks(const ReviewItem& item, bool with_wave) {
  std::string text = with_wave ? "wave " + std::to_string(item.wave) : "";
  if (item.edit == Edit::Changed && item.mode == Mode::Observe)
    text += text.empty() ? "mode observe" : ", mode observe";
  return text.empty() ? "" : "  (" + text + ")";
}

void append(std::string& text, const ReviewItem& item, bool with_wave) {
  text += "  ";
  text += kMarks.at(static_cast<std::size_t>(item.edit));
  text += " " + who(item) + "  " + printable(item.source) + remarks(item, with_wave) + "\n";
  if (item.edit != Edit::Changed) {
    text += "      " + printable(declaration_text(item)) + "\n";
    return;
  }
  const std::size_t shown = std::min(item.keys.size(), kMaxKeys);
  for (std::size_t i = 0; i < shown; ++i) {
    const KeyChange& change = item.keys[i];
    text += "      " + printable(change.key) + ": " + value_text(change.from) + " -> " +
            value_text(change.to) + "\n";
  }
  if (shown < item.keys.size())
    text += "      and " + std::to_string(item.keys.size() - shown) + " more\n";
}

void write_counts(JsonWriter& json, std::string_view name, const DesiredReview::Counts& counts) {
  json.key(name);
  json.begin_object();
  json.member("removed", counts.removed);
  json.member("changed", counts.changed);
  json.member("added", counts.added);
  json.end_object();
}

void write_item(JsonWriter& json, const ReviewItem& item) {
  json.begin_object();
  json.member("edit", to_text(item.edit));
  json.member("scope", item.is_scope);
  json.key("id");
  if (item.is_scope) {
    json.null();
  } else {
    json.value(item.id.text());
  }
  json.member("name", item.name);
  json.key("selects");
  if (item.is_scope) {
    json.value(item.selects);
  } else {
    json.null();
  }
  json.member("source", item.source);
  json.member("mode", to_text(item.mode));
  json.member("wave", item.wave);
  json.key("redFlags");
  json.begin_array();
  for (const RedFlag flag : item.flags) json.value(to_text(flag));
  json.end_array();
  json.key("keys");
  json.begin_array();
  for (const KeyChange& change : item.keys) {
    json.begin_object();
    json.member("key", change.key);
    json.member("from", change.from);
    json.member("to", change.to);
    json.end_object();
  }
  json.end_array();
  json.end_object();
}

}  // namespace

std::string edit_text(const DesiredReview& review) {
  if (review.items.empty()) return std::string(kSameMeaning) + "\n";
  std::string text = counts_text(review) + "\n";
  if (const std::string flags = flags_text(review); !flags.empty())
    text += "review first: " + flags + "\n";
  if (const std::string waves = waves_text(review); !waves.empty())
    text += "by wave: " + waves + "\n";
  for (const EditPart part : kAllEditParts) {
    const std::vector<const ReviewItem*> items = items_of(review, part);
    if (items.empty()) continue;
    text += "\n" + std::string(title_of(part)) + ":\n";
    const std::size_t shown = std::min(items.size(), kMaxItems);
    for (std::size_t i = 0; i < shown; ++i) append(text, *items[i], review.has_waves());
    if (shown < items.size()) {
      text += "  and " + std::to_string(items.size() - shown) + " more: -o json lists all\n";
    }
  }
  return text;
}

void write_edit(JsonWriter& json, const DesiredReview& review) {
  json.member("same", review.items.empty());
  json.key("summary");
  json.begin_object();
  write_counts(json, "subscriptions", review.subscriptions);
  write_counts(json, "scopes", review.scopes);
  json.key("redFlags");
  json.begin_object();
  for (const RedFlag flag : kAllRedFlags) json.member(to_text(flag), review.count(flag));
  json.end_object();
  json.key("waves");
  json.begin_array();
  for (const auto& [wave, count] : review.waves) {
    json.begin_object();
    json.member("wave", wave);
    json.member("items", count);
    json.end_object();
  }
  json.end_array();
  json.end_object();
  json.key("items");
  json.begin_array();
  for (const ReviewItem& item : review.items) write_item(json, item);
  json.end_array();
}

std::string edit_json(const DesiredReview& review) {
  JsonWriter json;
  json.begin_object();
  json.member("apiVersion", "defenderd/v1");
  json.member("kind", "DesiredDiff");
  write_edit(json, review);
  json.end_object();
  return json.take() + "\n";
}

}  // namespace defenderd
