#include "cli/sweep_report.h"

#include <algorithm>
#include <utility>

#include "base/scrub.h"
#include "base/text.h"
#include "cli/table_cell.h"
#include "core/plan_catalog.h"

namespace defenderd {
namespace {

constexpr std::string_view kGreen = "\033[32m";
constexpr std::string_view kYellow = "\033[33m";
constexpr std::string_view kRed = "\033[31m";
constexpr std::string_view kBold = "\033[1m";
constexpr std::string_view kPlain = "\033[0m";
constexpr std::size_t kWidestName = 40;  // bytes of a name before it is cut
constexpr std::size_t kWidestSource = 400;
constexpr std::size_t kLongestWhy = 2048;  // bytes of an explanation

struct Row {
  std::string name;
  std::string id;
  std::string field = "-";
  std::string change = "-";
  std::string then;
  std::string_view color = {};
  std::string source = {};
};

// Why something remains: each reason is printed once below the table.
using Reasons = std::vector<std::pair<std::string, std::string>>;

std::string paint(std::string text, std::string_view color, bool colors) {
  if (!colors || color.empty()) return text;
  return std::string(color) + text + std::string(kPlain);
}

std::string change_text(const Drift& drift) {
  return printable(drift.observed, 64) + " -> " + std::string(on_off(drift.desired));
}

void explain(Reasons& reasons, Reason reason, const std::string& message) {
  std::pair<std::string, std::string> explanation{to_text(reason),
                                                  outgoing_text(message, kLongestWhy)};
  if (std::find(reasons.begin(), reasons.end(), explanation) == reasons.end()) {
    reasons.push_back(std::move(explanation));
  }
}

Row row_of(const Outcome& outcome) {
  Row row;
  row.name = outcome.desired.name.empty() ? "-" : printable(outcome.desired.name, kWidestName);
  row.id = outcome.desired.id.text();
  row.source = printable(outcome.desired.source, kWidestSource);
  return row;
}

Row row_of(const Outcome& outcome, const Change& change) {
  Row row = row_of(outcome);
  row.field = printable(change.drift.field.text(), 64);
  row.change = change_text(change.drift);
  const std::string reason(to_text(change.reason));
  switch (change.result) {
    case ChangeResult::Planned:
      row.then = "would be corrected";
      row.color = kGreen;
      break;
    case ChangeResult::Applied:
      row.then = "corrected";
      row.color = kGreen;
      break;
    case ChangeResult::Withheld:
      row.then = "withheld: " + reason;
      row.color = kYellow;
      break;
    case ChangeResult::Failed:
      row.then = "failed: " + reason;
      row.color = kRed;
      break;
  }
  return row;
}

void add_rows(const Outcome& outcome, std::vector<Row>& rows, Reasons& reasons) {
  const std::size_t before = rows.size();
  for (const Change& change : outcome.changes) {
    if (change.result == ChangeResult::Applied) continue;
    rows.push_back(row_of(outcome, change));
    const bool is_explained = change.result != ChangeResult::Planned || !change.message.empty();
    if (is_explained) explain(reasons, change.reason, change.message);
  }
  if (rows.size() > before || (outcome.observed && !outcome.failure)) return;
  Row row = row_of(outcome);
  row.then =
      (outcome.observed ? "failed: " : "not observed: ") + std::string(to_text(outcome.reason));
  row.color = kRed;
  rows.push_back(std::move(row));
  explain(reasons, outcome.reason, outcome.message);
}

// `sources`: whether to show what declares each.
std::string table(const std::vector<Row>& rows, bool sources, bool colors) {
  const auto width = [&](std::string Row::*member, std::string_view head) {
    std::size_t widest = head.size();
    for (const Row& row : rows) widest = std::max(widest, columns(row.*member));
    return widest;
  };
  constexpr std::string_view kName = "SUBSCRIPTION";
  constexpr std::string_view kField = "FIELD";
  constexpr std::string_view kChange = "OBSERVED -> DESIRED";
  const std::size_t name = width(&Row::name, kName);
  const std::size_t field = width(&Row::field, kField);
  const std::size_t change = width(&Row::change, kChange);
  constexpr std::string_view kThen = "WHAT HAPPENS";
  const std::size_t then = width(&Row::then, kThen);
  constexpr std::size_t kId = 36;
  std::string head;
  pad(head, std::string(kName), name);
  pad(head, "ID", kId);
  pad(head, std::string(kField), field);
  pad(head, std::string(kChange), change);
  if (sources) {
    pad(head, std::string(kThen), then);
    head += "DECLARED BY";
  } else {
    head += kThen;
  }
  std::string text = paint(head, kBold, colors) + "\n";
  for (const Row& row : rows) {
    pad(text, row.name, name);
    pad(text, row.id, kId);
    pad(text, row.field, field);
    pad(text, row.change, change);
    text += paint(row.then, row.color, colors);
    if (sources) text += std::string(then - columns(row.then) + 2, ' ') + row.source;
    text += "\n";
  }
  return text;
}

// Without scopes, the file is known.
bool any_from_scopes(const SweepResult& result) {
  return std::any_of(result.subscriptions.begin(), result.subscriptions.end(),
                     [](const SweptSubscription& swept) {
                       return swept.outcome.desired.source.starts_with("scope ");
                     });
}

std::string number(std::size_t count, std::string_view singular, std::string_view plural) {
  return std::to_string(count) + " " + std::string(count == 1 ? singular : plural);
}

std::string summary(const SweepCounts& counts) {
  std::string text = std::to_string(counts.in_sync) + " of " +
                     number(counts.subscriptions, "subscription", "subscriptions") +
                     (counts.in_sync == 1 ? " is in sync" : " are in sync");
  const auto add = [&](std::size_t count, std::string_view singular, std::string_view plural) {
    if (count > 0) text += "; " + number(count, singular, plural);
  };
  add(counts.applied, "change was made", "changes were made");
  add(counts.planned, "change would be made", "changes would be made");
  add(counts.withheld, "change is withheld", "changes are withheld");
  add(counts.failed, "change failed", "changes failed");
  add(counts.not_observed, "subscription is not known: it could not be observed",
      "subscriptions are not known: they could not be observed");
  text += "\n";
  if (counts.switches_on > 0) {
    text += number(counts.switches_on, "change switches", "changes switch") +
            " the plan on, which is " + std::string(entry_of(kDeclaredPlan).cost) + "\n";
  }
  return text;
}

bool would_switch_on(const Change& change) {
  return change.result == ChangeResult::Planned && change.drift.field.is_plan() &&
         change.drift.desired;
}

}  // namespace

SweepCounts count(const SweepResult& result) {
  SweepCounts counts;
  counts.subscriptions = result.subscriptions.size();
  for (const SweptSubscription& swept : result.subscriptions) {
    const Outcome& outcome = swept.outcome;
    if (!outcome.observed) {
      ++counts.not_observed;
    } else if (outcome.drift_left.empty() && !outcome.failure) {
      ++counts.in_sync;
    } else {
      ++counts.differ;
    }
    counts.applied += swept.applied.size();
    for (const Change& change : outcome.changes) {
      counts.applied += change.result == ChangeResult::Applied ? 1 : 0;
      counts.planned += change.result == ChangeResult::Planned ? 1 : 0;
      counts.switches_on += would_switch_on(change) ? 1 : 0;
      counts.withheld += change.result == ChangeResult::Withheld ? 1 : 0;
      counts.failed += change.result == ChangeResult::Failed ? 1 : 0;
    }
  }
  return counts;
}

int exit_code(const SweepResult& result) {
  const SweepCounts counts = count(result);
  if (result.stopped || counts.not_observed > 0) return 2;
  return counts.differ > 0 ? 1 : 0;
}

std::string as_table(const SweepResult& result, bool colors) {
  std::vector<Row> rows;
  Reasons reasons;
  for (const SweptSubscription& swept : result.subscriptions) {
    add_rows(swept.outcome, rows, reasons);
  }
  std::string text = rows.empty() ? "" : table(rows, any_from_scopes(result), colors) + "\n";
  for (const auto& [reason, message] : reasons) {
    text += paint(reason, kBold, colors) + ": " + message + "\n";
  }
  if (!result.confirm_code.empty()) {
    text +=
        "To confirm these held changes: defenderd apply --confirm " + result.confirm_code + "\n";
  }
  if (!reasons.empty()) text += "\n";
  return text + summary(count(result));
}

std::string change_lines(const Outcome& outcome, bool colors) {
  std::string text;
  for (const Change& change : outcome.changes) {
    const bool failed = change.result == ChangeResult::Failed;
    if (!failed && change.result != ChangeResult::Applied) continue;
    const Row row = row_of(outcome, change);
    text += paint(failed ? "failed   " : "corrected", row.color, colors) + "  ";
    text += outcome.desired.name.empty() ? row.id : row.name + " (" + row.id + ")";
    text += " " + row.field + ": " + row.change;
    if (failed) {
      text += "  " + std::string(to_text(change.reason)) + ": " +
              outgoing_text(change.message, kLongestWhy);
    }
    text += "\n";
  }
  for (const std::string& extension : outcome.switched_on_by_service) {
    text += "note       " + printable(outcome.desired.name) + " (" + outcome.desired.id.text() +
            ") the service also switched on: " + printable(extension) + "\n";
  }
  return text;
}

}  // namespace defenderd
