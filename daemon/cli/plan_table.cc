#include "cli/plan_table.h"

#include <algorithm>
#include <map>

#include "base/text.h"
#include "cli/alike_reasons.h"
#include "cli/table_cell.h"

namespace defenderd {
namespace {

constexpr std::string_view kName = "SUBSCRIPTION";
constexpr std::string_view kWave = "WAVE";
constexpr std::string_view kChanges = "CHANGE";
constexpr std::string_view kThen = "WHAT HAPPENS";
constexpr std::string_view kId = "ID";
constexpr std::string_view kSource = "DECLARED BY";
constexpr std::size_t kGuid = 36;
constexpr std::size_t kWidestSource = 400;
constexpr std::size_t kGap = 2;
constexpr std::size_t kShortestName = 12;

struct Piece {
  std::string text;
  std::string_view color;
};

// Changes that have the same to come.
struct Part {
  std::vector<Piece> changes;
  std::string then;
  std::string_view color;
};

struct Row {
  std::string name;
  std::string id;
  std::string source;
  int wave = 0;
  std::vector<Part> parts;
};

struct Widths {
  std::size_t name = kName.size();
  std::size_t changes = kChanges.size();
  std::size_t then = kThen.size();
  std::size_t source = kSource.size();
  std::size_t longest_change = 0;
  bool shows_wave = false;
  bool shows_id = true;
  bool shows_source = true;

  // Of the columns that are always shown.
  [[nodiscard]] std::size_t least() const {
    return name + (shows_wave ? kWave.size() + kGap : 0) + changes + then + 2 * kGap;
  }
};

Part part_of(const SweptSubscription& swept, const Change& change) {
  if (change.result == ChangeResult::Withheld)
    return {{}, "withheld: " + std::string(to_text(change.reason)), kYellow};
  if (!swept.skipped.empty()) return {{}, "not now: " + swept.skipped, kYellow};
  return {{}, "to change", {}};
}

Row row_of(const SweptSubscription& swept) {
  const DesiredSubscription& desired = swept.outcome.desired;
  Row row{name_of(desired),
          desired.id.text(),
          printable(desired.source, kWidestSource),
          desired.wave,
          {}};
  for (const Change& change : swept.outcome.changes) {
    if (change.result != ChangeResult::Planned && change.result != ChangeResult::Withheld) continue;
    Part fresh = part_of(swept, change);
    auto part = std::find_if(row.parts.begin(), row.parts.end(),
                             [&](const Part& each) { return each.then == fresh.then; });
    if (part == row.parts.end()) part = row.parts.insert(row.parts.end(), std::move(fresh));
    part->changes.push_back({change_text(change), color_of(change)});
  }
  return row;
}

// Of those that share a name, the id says which one it is.
void tell_apart(std::vector<Row>& rows) {
  constexpr std::size_t kBegin = 8;
  std::map<std::string, std::size_t> names;
  for (const Row& row : rows) ++names[row.name];
  for (Row& row : rows) {
    if (names[row.name] > 1) row.name += " (" + row.id.substr(0, kBegin) + ")";
  }
}

std::size_t width_of(const std::vector<Piece>& changes) {
  std::size_t width = 0;
  for (const Piece& piece : changes) width += columns(piece.text) + (width == 0 ? 0 : kGap);
  return width;
}

Widths natural(const std::vector<Row>& rows) {
  Widths widths;
  widths.shows_wave = rows.front().wave != rows.back().wave;  // they are in order
  for (const Row& row : rows) {
    widths.name = std::max(widths.name, columns(row.name));
    widths.source = std::max(widths.source, columns(row.source));
    for (const Part& part : row.parts) {
      widths.changes = std::max(widths.changes, width_of(part.changes));
      widths.then = std::max(widths.then, columns(part.then));
      for (const Piece& piece : part.changes)
        widths.longest_change = std::max(widths.longest_change, columns(piece.text));
    }
  }
  return widths;
}

Widths fitted(Widths widths, std::size_t width) {
  if (width == 0) return widths;
  widths.shows_source = widths.least() + 2 * kGap + kGuid + widths.source <= width;
  widths.shows_id = widths.least() + kGap + kGuid <= width;
  if (widths.least() <= width) return widths;
  const std::size_t changes = std::max(widths.longest_change + 1, kChanges.size());
  const std::size_t others = widths.least() - widths.name - widths.changes + changes;
  const std::size_t rest = width - std::min(width, others);
  widths.name = std::min(widths.name, std::max(rest, kShortestName));
  const std::size_t wanted = widths.changes;
  widths.changes = changes;
  if (widths.least() < width) widths.changes = std::min(wanted, changes + width - widths.least());
  return widths;
}

// As many changes on one line as fit.
std::vector<std::vector<Piece>> lines_of(const Part& part, std::size_t width) {
  std::vector<std::vector<Piece>> lines;
  std::size_t used = 0;
  for (std::size_t i = 0; i < part.changes.size(); ++i) {
    Piece piece = part.changes[i];
    if (i + 1 < part.changes.size()) piece.text += ",";
    const std::size_t needed = columns(piece.text);
    if (lines.empty() || used + 1 + needed > width) {
      lines.emplace_back();
      used = 0;
    }
    used += needed + (used == 0 ? 0 : 1);
    lines.back().push_back(std::move(piece));
  }
  return lines;
}

void add_changes(std::string& text, const std::vector<Piece>& pieces, std::size_t width,
                 bool colors) {
  std::size_t used = 0;
  for (const Piece& piece : pieces) {
    if (used > 0) text += ' ';
    used += columns(piece.text) + (used == 0 ? 0 : 1);
    text += paint(piece.text, piece.color, colors);
  }
  text.append((used < width ? width - used : 0) + kGap, ' ');
}

void add_padded(std::string& text, std::string_view cell, std::string_view color, std::size_t width,
                bool colors) {
  const std::size_t used = columns(cell);
  text += paint(cell, color, colors);
  text.append((used < width ? width - used : 0) + kGap, ' ');
}

void end_line(std::string& text) {
  text.resize(text.find_last_not_of(' ') + 1);
  text += '\n';
}

void add_row(std::string& text, const Row& row, const Widths& widths, bool colors) {
  bool is_first = true;
  for (const Part& part : row.parts) {
    bool starts_part = true;
    for (const std::vector<Piece>& pieces : lines_of(part, widths.changes)) {
      pad(text, is_first ? cut(row.name, widths.name) : "", widths.name);
      if (widths.shows_wave) pad(text, is_first ? std::to_string(row.wave) : "", kWave.size());
      add_changes(text, pieces, widths.changes, colors);
      add_padded(text, starts_part ? part.then : "", part.color, widths.then, colors);
      if (widths.shows_id) pad(text, is_first ? row.id : "", kGuid);
      if (widths.shows_source && is_first) text += row.source;
      end_line(text);
      is_first = false;
      starts_part = false;
    }
  }
}

}  // namespace

std::string change_text(const Change& change) {
  return printable(change.drift.field.text(), 64) + " " + printable(change.drift.observed, 64) +
         " -> " + std::string(on_off(change.drift.desired));
}

std::string_view color_of(const Change& change) { return change.drift.desired ? kGreen : kRed; }

std::string plan_table(const std::vector<SweptSubscription>& subscriptions, const Layout& layout) {
  std::vector<Row> rows;
  for (const SweptSubscription& swept : subscriptions) {
    if (!swept.selected) continue;
    Row row = row_of(swept);
    if (!row.parts.empty()) rows.push_back(std::move(row));
  }
  if (rows.empty()) return {};
  std::stable_sort(rows.begin(), rows.end(),
                   [](const Row& a, const Row& b) { return a.wave < b.wave; });
  tell_apart(rows);
  const Widths widths = fitted(natural(rows), layout.width);
  std::string head;
  pad(head, kName, widths.name);
  if (widths.shows_wave) pad(head, kWave, kWave.size());
  pad(head, kChanges, widths.changes);
  pad(head, kThen, widths.then);
  if (widths.shows_id) pad(head, kId, kGuid);
  if (widths.shows_source) head += kSource;
  head.resize(head.find_last_not_of(' ') + 1);
  std::string text = paint(head, kBold, layout.colors) + "\n";
  for (const Row& row : rows) add_row(text, row, widths, layout.colors);
  return text;
}

}  // namespace defenderd
