// The report for a comment on a pull request.

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>
#include <vector>

#include "cli/edit_report.h"
#include "cli/edit_text.h"
#include "cli/markdown_text.h"

namespace defenderd {
namespace {

// GitHub takes 65,536 characters, Azure DevOps more.
constexpr std::size_t kMaxBytes = 60'000;
constexpr std::size_t kMaxKeys = 20;  // of an item
// Of those that need no review: the whole comment should stay readable.
constexpr std::size_t kMaxOthers = 100;

using Row = std::array<std::string, 5>;

std::string line_of(const Row& cells) {
  std::string line = "|";
  for (const std::string& cell : cells) line += " " + cell + (cell.empty() ? "|" : " |");
  return line + "\n";
}

std::string code_or_none(const std::optional<std::string>& value) {
  return value ? markdown_code(*value) : "(none)";
}

std::string who(const ReviewItem& item) {
  std::string text = item.is_scope ? "scope" : "";
  for (const std::string& part : {item.name, item.is_scope ? item.selects : item.id.text()}) {
    if (part.empty()) continue;
    if (!text.empty()) text += " ";
    text += markdown_code(part);
  }
  return text;
}

std::vector<Row> rows_of(const ReviewItem& item) {
  const std::string place = markdown_code(item.source);
  if (item.edit != Edit::Changed) {
    const std::string declares = markdown_code(declaration_text(item));
    const bool added = item.edit == Edit::Added;
    return {{who(item), std::string(to_text(item.edit)), added ? "" : declares,
             added ? declares : "", place}};
  }
  std::vector<Row> rows;
  for (std::size_t i = 0; i < std::min(item.keys.size(), kMaxKeys); ++i) {
    const KeyChange& change = item.keys[i];
    rows.push_back({i == 0 ? who(item) : "", markdown_code(change.key), code_or_none(change.from),
                    code_or_none(change.to), i == 0 ? place : ""});
  }
  if (item.keys.size() > kMaxKeys)
    rows.push_back(
        {"", "and " + std::to_string(item.keys.size() - kMaxKeys) + " more", "", "", ""});
  if (item.mode == Mode::Observe && !rows.empty()) rows.front()[0] += " (observe)";
  return rows;
}

std::string count_line(std::string_view what, const DesiredReview::Counts& counts) {
  return "| " + std::string(what) + " | " + std::to_string(counts.removed) + " | " +
         std::to_string(counts.changed) + " | " + std::to_string(counts.added) + " |\n";
}

bool needs_review(EditPart part) { return part < EditPart::Changed; }

// Appends as much of the part as fits.
void append_part(std::string& text, const DesiredReview& review, EditPart part) {
  const std::vector<const ReviewItem*> items = items_of(review, part);
  if (items.empty()) return;
  const std::string head =
      "\n#### " + std::string(title_of(part)) + " (" + std::to_string(items.size()) + ")\n\n";
  const std::size_t most = needs_review(part) ? items.size() : std::min(items.size(), kMaxOthers);
  const bool with_waves = review.has_waves();
  std::string table = with_waves ? "| wave " : "";
  table += "| | key | from | to | declared in |\n";
  table += with_waves ? "|---:|---|---|---|---|---|\n" : "|---|---|---|---|---|\n";
  std::size_t shown = 0;
  for (; shown < most; ++shown) {
    std::string lines;
    for (const Row& row : rows_of(*items[shown])) {
      const bool first = lines.empty();
      if (with_waves) lines += first ? "| " + std::to_string(items[shown]->wave) + " " : "| ";
      lines += line_of(row);
    }
    if (text.size() + head.size() + table.size() + lines.size() > kMaxBytes) break;
    table += lines;
  }
  text += head;
  if (shown > 0) text += table;
  if (shown < items.size()) {
    text += (shown > 0 ? "\nand " : "") + std::to_string(items.size() - shown) +
            (shown > 0 ? " more" : " not shown, because the comment is full") +
            ": `-o json` lists all\n";
  }
}

}  // namespace

std::string edit_markdown(const DesiredReview& review) {
  std::string text = "### defenderd: what this edit means\n\n";
  if (review.items.empty()) return text + "Nothing changes: " + std::string(kSameMeaning) + ".\n";
  text += "| | removed | changed | added |\n|---|---:|---:|---:|\n" +
          count_line("subscriptions", review.subscriptions) + count_line("scopes", review.scopes);
  if (const std::string flags = flags_text(review); !flags.empty())
    text += "\n**Review first: " + flags + ".**\n";
  if (const std::string waves = waves_text(review); !waves.empty())
    text += "\nChanges by wave: " + waves + ".\n";
  for (const EditPart part : kAllEditParts) append_part(text, review, part);
  return text;
}

}  // namespace defenderd
