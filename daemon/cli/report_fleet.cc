#include "cli/report_fleet.h"

#include <algorithm>
#include <string>
#include <string_view>

#include "base/list_text.h"
#include "base/scrub.h"
#include "base/text.h"
#include "base/time_text.h"
#include "cli/sweep_counts.h"
#include "core/fleet_findings.h"

namespace defenderd {
namespace {

std::string yes_no(bool yes) { return yes ? "yes" : "no"; }

void append(std::string& text, const std::string& word) {
  text += (text.empty() ? "" : ", ") + word;
}

std::string declared_extensions(const DesiredSubscription& desired) {
  std::string text;
  if (!desired.plan) return text;
  for (const DesiredExtension& extension : desired.extensions) {
    append(text, Field::extension(kDeclaredPlan, extension.name).text() + " " +
                     std::string(on_off(extension.on)));
  }
  if (desired.unnamed_extensions == UnnamedExtensions::Off) append(text, "all others off");
  return text;
}

std::string observed_extensions(const Pricing& observed) {
  std::string text;
  for (const Extension& extension : observed.extensions) {
    const Field field = Field::extension(kDeclaredPlan, extension.name);
    append(text, printable(field.text()) + " " + printable(observed_text(observed, field)));
  }
  return text;
}

// "" if it is not known.
std::string as_declared(const SweptSubscription& swept) {
  const Standing standing = standing_of(swept);
  if (standing == Standing::NotReadable || standing == Standing::NotReached) return {};
  return yes_no(standing == Standing::InSync);
}

std::string problem(const SweptSubscription& swept) {
  if (standing_of(swept) == Standing::InSync) return {};
  const Outcome& outcome = swept.outcome;
  std::string text;
  for (const Change& change : outcome.changes) {
    append(text, change.drift.field.text() + " is " + printable(change.drift.observed) +
                     ", declared " + std::string(on_off(change.drift.desired)));
    if (change.result == ChangeResult::Withheld)
      text += " (not corrected: " + std::string(to_text(change.reason)) + ")";
    if (change.result == ChangeResult::Planned && !change.message.empty())
      text +=
          " (" + std::string(to_text(change.reason)) + ": " + outgoing_text(change.message) + ")";
  }
  if (!text.empty() && !outcome.failure) return text;
  if (!text.empty()) text += "; ";
  return text + std::string(to_text(outcome.reason)) + ": " + outgoing_text(outcome.message);
}

// The rows of exceptions, which are all alike.
class Exceptions {
 public:
  explicit Exceptions(WallTime now) : now_(now) {}

  void add(const DesiredSubscription& desired) {
    if (desired.mode == Mode::Observe)
      add("observe mode", desired, "drift is reported and not corrected", "", desired.reason, "",
          {});
    if (desired.suspend) {
      add("suspension", desired, "nothing is written", "", desired.suspend->reason,
          desired.suspend->by, desired.suspend->until);
    }
    if (desired.accepted) {
      for (const AcceptedFinding& accepted : *desired.accepted) {
        add("accepted finding", desired, std::string(to_text(accepted.finding)), accepted.resource,
            accepted.reason, "", accepted.until);
      }
    }
    if (!desired.reason.empty() && desired.mode == Mode::Enforce)
      add("declared reason", desired, "", "", desired.reason, "", {});
  }

  void add(const Freezes::Listed& listed) {
    const Freeze& freeze = *listed.freeze;
    std::string what = freeze.except_enable ? "nothing is written, except to switch protection on"
                                            : "nothing is written";
    if (freeze.weekly) what += ", weekly";
    const auto until = listed.span ? listed.span->end : freeze.until;
    rows_.push_back({"freeze", "", "", printable(joined(freeze.owners)), what, "",
                     outgoing_text(freeze.reason), printable(freeze.by),
                     until ? report_time(*until) : "",
                     yes_no(listed.span && includes(*listed.span, now_))});
  }

  [[nodiscard]] std::vector<std::vector<std::string>> take() { return std::move(rows_); }

 private:
  void add(const std::string& kind, const DesiredSubscription& desired, const std::string& what,
           const std::string& resource, const std::string& reason, const std::string& by,
           std::optional<WallTime> until) {
    rows_.push_back({kind, desired.id.text(), printable(desired.name), printable(desired.owner),
                     what, printable(resource), outgoing_text(reason), printable(by),
                     until ? report_time(*until) : "", yes_no(!until || *until > now_)});
  }

  const WallTime now_;
  std::vector<std::vector<std::string>> rows_;
};

std::string why_unmanaged(const UncoveredSubscription& subscription) {
  switch (subscription.why) {
    case Uncovered::NotDeclared:
      return "no entry and no scope declares it";
    case Uncovered::ScopesDisagree:
      return "scopes that cover it disagree";
    case Uncovered::NotEnabled:
      return "no scope covers it, because Azure accepts no writes for it";
  }
  return {};
}

}  // namespace

std::string report_time(WallTime time) {
  std::string text = format_rfc3339(time);
  const std::size_t point = text.find('.');
  return point == std::string::npos ? text : text.substr(0, point) + "Z";
}

ReportTable subscriptions_table(const std::vector<SweptSubscription>& swept) {
  ReportTable table{"subscription",
                    "subscriptions",
                    "Subscriptions",
                    "No subscription is declared.",
                    {{"id", "Id"},
                     {"name", "Name"},
                     {"owner", "Owner"},
                     {"mode", "Mode"},
                     {"planDeclared", "Plan declared"},
                     {"planObserved", "Plan observed"},
                     {"extensionsDeclared", "Extensions declared"},
                     {"extensionsObserved", "Extensions observed"},
                     {"asDeclared", "As declared", ReportKind::Flag},
                     {"problem", "What is not"},
                     {"source", "Declared by"}}};
  for (const SweptSubscription& subscription : swept) {
    const DesiredSubscription& desired = subscription.outcome.desired;
    const auto& observed = subscription.outcome.observed;
    table.rows.push_back(
        {desired.id.text(), printable(desired.name), printable(desired.owner),
         std::string(to_text(desired.mode)), std::string(on_off(desired.plan)),
         observed ? printable(observed_text(*observed, Field::plan(kDeclaredPlan))) : "",
         declared_extensions(desired), observed ? observed_extensions(*observed) : "",
         as_declared(subscription), problem(subscription), shown_path(desired.source)});
  }
  return table;
}

ReportTable exceptions_table(const std::vector<SweptSubscription>& swept,
                             const std::vector<Freezes::Listed>& freezes, WallTime now) {
  ReportTable table{"exception",
                    "exceptions",
                    "Exceptions",
                    "There are no exceptions.",
                    {{"kind", "Kind"},
                     {"id", "Id"},
                     {"name", "Name"},
                     {"owner", "Owner"},
                     {"what", "What"},
                     {"resource", "Resource"},
                     {"reason", "Reason"},
                     {"by", "By"},
                     {"until", "Until"},
                     {"inForce", "In force", ReportKind::Flag}}};
  Exceptions exceptions(now);
  for (const Freezes::Listed& listed : freezes) exceptions.add(listed);
  for (const SweptSubscription& subscription : swept) exceptions.add(subscription.outcome.desired);
  table.rows = exceptions.take();
  return table;
}

ReportTable findings_table(const std::vector<Finding>& findings) {
  ReportTable table{"finding",
                    "findings",
                    "Findings about AI accounts",
                    "There are no findings.",
                    {{"finding", "Finding"},
                     {"id", "Id"},
                     {"name", "Name"},
                     {"owner", "Owner"},
                     {"resource", "Resource"},
                     {"what", "What"},
                     {"advice", "What to do"},
                     {"accepted", "Accepted", ReportKind::Flag},
                     {"reason", "Reason"},
                     {"until", "Until"},
                     {"by", "Last changed by"},
                     {"time", "Last changed at"}}};
  for (const Finding& finding : findings) {
    table.rows.push_back({std::string(to_text(finding.kind)), finding.subscription.text(),
                          printable(finding.subscription_name), printable(finding.owner),
                          printable(finding.resource), outgoing_text(finding.message),
                          std::string(advice_on(finding)), yes_no(finding.accepted.has_value()),
                          finding.accepted ? outgoing_text(finding.accepted->reason) : "",
                          finding.accepted ? report_time(finding.accepted->until) : "",
                          printable(finding.modified.by),
                          finding.modified.at ? report_time(*finding.modified.at) : ""});
  }
  return table;
}

ReportTable unmanaged_table(const std::vector<UncoveredSubscription>& uncovered) {
  ReportTable table{"unmanaged",
                    "unmanaged",
                    "Visible subscriptions that are not managed",
                    "Every visible subscription is managed.",
                    {{"id", "Id"}, {"name", "Name"}, {"state", "State in Azure"}, {"what", "Why"}}};
  for (const UncoveredSubscription& subscription : uncovered) {
    table.rows.push_back({subscription.id.text(), printable(subscription.name),
                          printable(subscription.state), why_unmanaged(subscription)});
  }
  return table;
}

}  // namespace defenderd
