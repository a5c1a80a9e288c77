#include "cli/sweep_report.h"

#include "base/text.h"
#include "cli/alike_reasons.h"
#include "cli/sweep_counts.h"
#include "cli/table_cell.h"

namespace defenderd {
namespace {

// Why changes wait, which the table names, and what could not be read or changed at all.
struct Reasons {
  AlikeReasons withheld;
  AlikeReasons failed{"failed"};
  AlikeReasons not_readable{"not readable"};

  void add(const SweptSubscription& swept) {
    const Outcome& outcome = swept.outcome;
    bool has_failed = false;
    for (const Change& change : outcome.changes) {
      const bool is_noted = change.result == ChangeResult::Planned && !change.message.empty();
      if (change.result == ChangeResult::Withheld || is_noted) {
        withheld.add(outcome.desired, change.reason, change.message);
      } else if (change.result == ChangeResult::Failed) {
        failed.add(outcome.desired, change.reason, change.message);
        has_failed = true;
      }
    }
    if (has_failed) return;
    const Standing standing = standing_of(swept);
    if (standing == Standing::NotReadable) {
      not_readable.add(outcome.desired, outcome.reason, outcome.message);
    } else if (standing == Standing::Failing) {
      failed.add(outcome.desired, outcome.reason, outcome.message);
    }
  }
};

std::string hint(const SweepResult& result, const std::string& confirming) {
  if (result.confirm_code.empty() || confirming.empty()) return {};
  return "To confirm the held changes: " + confirming + "\n";
}

std::string apart(const std::string& text) { return text.empty() ? "" : text + "\n"; }

}  // namespace

std::string plan_report(const SweepResult& result, const std::string& confirming,
                        const Layout& layout) {
  Reasons reasons;
  for (const SweptSubscription& swept : result.subscriptions) {
    if (swept.selected && swept.reached) reasons.add(swept);
  }
  const SweepCounts counts = count(result);
  return apart(plan_table(result.subscriptions, layout)) +
         apart(reasons.withheld.without_examples(layout) + hint(result, confirming)) +
         apart(reasons.failed.with_examples(layout) + reasons.not_readable.with_examples(layout)) +
         (result.stopped ? stopped_summary(counts) : plan_summary(counts));
}

std::string not_readable_report(const SweepResult& result, const Layout& layout) {
  AlikeReasons reasons("not readable");
  for (const SweptSubscription& swept : result.subscriptions) {
    if (standing_of(swept) == Standing::NotReadable)
      reasons.add(swept.outcome.desired, swept.outcome.reason, swept.outcome.message);
  }
  return reasons.with_examples(layout);
}

std::string apply_report(const SweepResult& result, const std::string& confirming,
                         const Layout& layout) {
  Reasons reasons;
  for (const SweptSubscription& swept : result.subscriptions) {
    if (swept.tried) reasons.add(swept);
  }
  const bool holds = !reasons.withheld.empty();
  const std::string why =
      reasons.failed.with_examples(layout) + reasons.not_readable.with_examples(layout) +
      reasons.withheld.with_examples(layout) + (holds ? hint(result, confirming) : "");
  const SweepCounts counts = count(result);
  return (why.empty() ? "" : "\n" + why) + "\n" +
         (result.stopped ? stopped_summary(counts) : apply_summary(counts));
}

std::string change_lines(const Outcome& outcome, const Layout& layout) {
  std::string changes;
  std::string plain;
  for (const Change& change : outcome.changes) {
    if (change.result != ChangeResult::Applied) continue;
    const std::string text = (plain.empty() ? "" : ", ") + change_text(change);
    plain += text;
    changes += paint(text, color_of(change), layout.colors);
  }
  if (plain.empty()) return {};
  const std::string name = name_of(outcome.desired);
  const std::string id = outcome.desired.id.text();
  std::string text = "corrected  " + name + "  " + changes;
  constexpr std::size_t kAround = 17;  // "corrected", gaps and parentheses
  const bool has_room =
      layout.width == 0 || columns(name) + columns(plain) + id.size() + kAround <= layout.width;
  if (name != id && has_room) text += "  (" + id + ")";
  text += "\n";
  for (const std::string& extension : outcome.switched_on_by_service)
    text += "note       " + name + "  the service also switched on: " + printable(extension) + "\n";
  return text;
}

}  // namespace defenderd
