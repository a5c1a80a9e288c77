#include "cli/findings_report.h"

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <string_view>
#include <vector>

#include "base/json_writer.h"
#include "base/scrub.h"
#include "base/text.h"
#include "base/time_text.h"
#include "base/with_count.h"
#include "cli/report_parts.h"
#include "cli/sweep_counts.h"
#include "core/fleet_findings.h"
#include "core/subscription_text.h"

namespace defenderd {
namespace {

std::size_t count(const InspectedFleet& fleet, AccountState state) {
  return fleet.accounts.at(static_cast<std::size_t>(state));
}

std::string paragraph(const Finding& finding, const Layout& layout) {
  std::string text = paint(to_text(finding.kind), finding.accepted ? "" : kYellow, layout.colors) +
                     "  " +
                     name_and_id(printable(finding.subscription_name), finding.subscription) + "\n";
  const auto add = [&](const std::string& line) {
    constexpr std::size_t kIndent = 6;
    text += wrap("    " + line, layout.width, kIndent) + "\n";
  };
  add(outgoing_text(finding.message));
  add(printable(finding.resource, 512));
  if (!finding.modified.by.empty()) {
    add("last changed by " + printable(finding.modified.by) +
        (finding.modified.at ? " at " + format_rfc3339(*finding.modified.at) : ""));
  }
  if (finding.accepted) {
    add("accepted until " + format_rfc3339(finding.accepted->until) + ": " +
        printable(finding.accepted->reason));
  } else {
    add("what to do: " + std::string(advice_on(finding)));
  }
  return text;
}

std::size_t not_inspected(const InspectionRound& round) {
  return round.failed + round.not_permitted;
}

// Whether "none" is an answer.
bool has_inspected_all(const InspectedFleet& fleet) {
  return fleet.round.failed == 0 && fleet.not_observed == 0 && fleet.round.denied.empty();
}

std::string summary(const InspectedFleet& fleet) {
  const std::size_t all =
      std::accumulate(fleet.accounts.begin(), fleet.accounts.end(), std::size_t{0});
  const auto accepted = static_cast<std::size_t>(
      std::count_if(fleet.findings.begin(), fleet.findings.end(),
                    [](const Finding& finding) { return finding.accepted.has_value(); }));
  const std::size_t open = fleet.findings.size() - accepted;
  // Of those that could not be inspected it is not known whether they have any.
  const std::size_t known = fleet.holding + not_inspected(fleet.round);
  const std::size_t none = fleet.round.subscriptions - std::min(fleet.round.subscriptions, known);
  std::string text = accounts_text(all, fleet.holding, none) + "\n" +
                     std::to_string(count(fleet, AccountState::Protected)) + " of " +
                     with_count(all, "AI account is", "AI accounts are") + " protected; " +
                     with_count(open, "finding", "findings");
  if (accepted > 0) text += ", " + std::to_string(accepted) + " accepted";
  return text + " (reported, never changed)\n";
}

}  // namespace

std::string accounts_text(std::size_t accounts, std::size_t holding, std::size_t others) {
  return with_count(accounts, "AI account is", "AI accounts are") + " in " +
         with_count(holding, "subscription", "subscriptions") + "; " +
         with_count(others, "has none", "have none");
}

std::vector<std::string> denied_texts(const InspectionRound& round) {
  std::vector<std::string> texts;
  for (const std::string& action : round.denied) {
    texts.push_back("the identity lacks the action " + printable(action));
    if (action != kReadAccounts || round.not_permitted == 0) continue;
    texts.back() += " in " + subscriptions_text(round.not_permitted);
  }
  return texts;
}

std::string findings_text(const InspectedFleet& fleet, const Layout& layout) {
  std::string text;
  for (const bool accepted : {false, true}) {
    for (const Finding& finding : fleet.findings) {
      if (finding.accepted.has_value() == accepted) text += paragraph(finding, layout) + "\n";
    }
  }
  for (const std::string& denied : denied_texts(fleet.round))
    text += "Not all can be seen: " + denied + "\n";
  if (fleet.round.failed > 0) {
    text += subscriptions_text(fleet.round.failed) +
            " could not be inspected: " + outgoing_text(fleet.round.failure) + "\n";
  }
  for (const std::string& why : fleet.unlisted)
    text += "Unmanaged subscriptions were not inspected: " + outgoing_text(why) + "\n";
  if (fleet.round.accounts == 0 && (text.empty() || !has_inspected_all(fleet))) return text;
  return text + summary(fleet);
}

void write_findings(JsonWriter& json, const std::vector<Finding>& findings) {
  json.key("findings");
  json.begin_array();
  for (const Finding& finding : findings) {
    json.begin_object();
    json.member("finding", to_text(finding.kind));
    json.member("id", finding.subscription.text());
    json.member("name", finding.subscription_name);
    json.member("resource", outgoing_text(finding.resource));
    json.member("message", outgoing_text(finding.message));
    json.member("accepted", finding.accepted.has_value());
    json.end_object();
  }
  json.end_array();
}

std::string findings_json(const InspectedFleet& fleet) {
  JsonWriter json;
  json.begin_object();
  json.member("apiVersion", "defenderd/v1");
  json.member("kind", "Findings");
  json.key("accounts");
  json.begin_object();
  for (const AccountState state : kAllAccountStates)
    json.member(to_text(state), count(fleet, state));
  json.end_object();
  json.member("notInspected", not_inspected(fleet.round));
  json.key("denied");
  json.begin_array();
  for (const std::string& action : fleet.round.denied) json.value(action);
  json.end_array();
  json.key("notListed");
  json.begin_array();
  for (const std::string& why : fleet.unlisted) json.value(outgoing_text(why));
  json.end_array();
  write_findings(json, fleet.findings);
  json.end_object();
  return json.take() + "\n";
}

int findings_exit_code(const InspectedFleet& fleet) {
  const bool is_partial = fleet.round.failed > 0 || fleet.not_observed > 0 ||
                          !fleet.round.denied.empty() || !fleet.unlisted.empty();
  if (fleet.stopped) return kExitInterrupted;
  if (is_partial) return kExitPartly;
  return std::any_of(fleet.findings.begin(), fleet.findings.end(),
                     [](const Finding& finding) { return !finding.accepted; })
             ? kExitDrift
             : kExitInSync;
}

}  // namespace defenderd
