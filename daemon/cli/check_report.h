#pragma once
// What `defenderd check` prints. Pure.

#include <optional>
#include <string>
#include <vector>

#include "cli/check_notes.h"
#include "cli/check_summary.h"
#include "cli/freeze_notes.h"
#include "core/desired_review.h"
#include "desired/problem.h"

namespace defenderd {

struct CheckResult {
  std::string config = {};   // the settings; "" if they were not checked
  std::string desired = {};  // the same
  std::string missing = {};  // the one that was not checked, because it is not there
  std::vector<Problem> problems = {};
  std::vector<FileWarning> warnings = {};
  std::optional<CheckSummary> summary = {};   // of a valid desired state
  std::optional<FreezeCounts> freezes = {};   // of valid settings
  std::string cost = {};                      // cost_note()
  std::optional<DesiredReview> changes = {};  // since --against
  std::string changes_text = {};              // the same, for people
};

// "valid: ..." and what the desired state declares, for standard output; "" if it is not valid.
[[nodiscard]] std::string check_text(const CheckResult& result);
// A line for each problem, and how many they are.
[[nodiscard]] std::string problems_text(const std::vector<Problem>& problems);
// For standard error: which file was not checked, and "warning: ..." lines, or the problems and
// their number.
[[nodiscard]] std::string complaints(const CheckResult& result);

// As an object. config/README.md documents its members: they are a contract.
[[nodiscard]] std::string check_json(const CheckResult& result);

// Annotations for GitHub Actions, at most a hundred of a kind, and then check_text().
[[nodiscard]] std::string check_annotations(const CheckResult& result);

}  // namespace defenderd
