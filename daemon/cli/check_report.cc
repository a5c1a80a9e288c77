#include "cli/check_report.h"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <string_view>

#include "base/json_writer.h"
#include "base/scrub.h"
#include "base/text.h"
#include "cli/edit_report.h"
#include "cli/workflow_command.h"
#include "core/scope.h"

namespace defenderd {
namespace {

struct Position {
  std::string file;
  int line = 0;
};

// From "file:line".
Position position_of(const std::string& source) {
  const std::size_t colon = source.rfind(':');
  if (colon == std::string::npos) return {source};
  const char* const end = source.data() + source.size();
  Position position{source.substr(0, colon)};
  const auto [stop, error] = std::from_chars(source.data() + colon + 1, end, position.line);
  if (error != std::errc() || stop != end) return {source};
  return position;
}

std::string count_of(const CheckSummary& summary) {
  return count_text(summary.subscriptions.enforce + summary.subscriptions.observe,
                    summary.scopes.enforce + summary.scopes.observe);
}

void write_path(JsonWriter& json, std::string_view name, const std::string& path) {
  json.key(name);
  if (path.empty()) {
    json.null();
  } else {
    json.value(shown_path(path));
  }
}

void write_number(JsonWriter& json, std::string_view name, int number) {
  json.key(name);
  if (number > 0) {
    json.value(number);
  } else {
    json.null();
  }
}

void write_problem(JsonWriter& json, const Position& position, int column, std::string_view path,
                   const std::string& message) {
  json.begin_object();
  write_path(json, "file", position.file);
  write_number(json, "line", position.line);
  write_number(json, "column", column);
  json.member("path", outgoing_text(path));
  json.member("message", outgoing_text(message));
  json.end_object();
}

std::string message_of(const Problem& problem) {
  return problem.path.empty() ? problem.message : problem.path + ": " + problem.message;
}

}  // namespace

std::string check_text(const CheckResult& result) {
  if (!result.problems.empty()) return {};
  std::string text = "valid: " + printable(result.config, 4096);
  if (!result.desired.empty()) {
    if (!result.config.empty()) text += ", and ";
    text += printable(result.desired, 4096);
  }
  if (result.summary) text += " with " + count_of(*result.summary);
  text += "\n";
  if (result.summary) text += as_text(*result.summary);
  if (result.freezes) text += as_text(*result.freezes);
  if (!result.cost.empty()) text += result.cost + "\n";
  return text + result.changes_text;
}

std::string problems_text(const std::vector<Problem>& problems) {
  std::size_t count = 0;
  for (const Problem& problem : problems) count += std::max<std::size_t>(problem.others, 1);
  return format(problems) + std::to_string(count) + (count == 1 ? " problem\n" : " problems\n");
}

std::string complaints(const CheckResult& result) {
  std::string text;
  if (!result.missing.empty())
    text = "not checked, because it is not there: " + printable(result.missing, 4096) + "\n";
  if (!result.problems.empty()) return text + problems_text(result.problems);
  for (const FileWarning& warning : result.warnings) text += "warning: " + format(warning) + "\n";
  return text;
}

std::string check_json(const CheckResult& result) {
  JsonWriter json;
  json.begin_object();
  json.member("apiVersion", "defenderd/v1");
  json.member("kind", "Check");
  json.member("valid", result.problems.empty());
  write_path(json, "config", result.config);
  write_path(json, "desired", result.desired);
  json.key("problems");
  json.begin_array();
  for (const Problem& problem : result.problems) {
    write_problem(json, {problem.file, problem.line}, problem.column, problem.path,
                  problem.message);
  }
  json.end_array();
  json.key("warnings");
  json.begin_array();
  for (const FileWarning& warning : result.warnings)
    write_problem(json, position_of(warning.source), 0, "", warning.message);
  json.end_array();
  json.key("summary");
  if (result.summary) {
    write_summary(json, *result.summary);
  } else {
    json.null();
  }
  json.key("freezes");
  if (result.freezes) {
    json.begin_object();
    json.member("all", result.freezes->all);
    json.member("inForce", result.freezes->in_force);
    json.member("over", result.freezes->over);
    json.end_object();
  } else {
    json.null();
  }
  json.key("changes");
  if (result.changes) {
    json.begin_object();
    write_edit(json, *result.changes);
    json.end_object();
  } else {
    json.null();
  }
  json.end_object();
  return json.take() + "\n";
}

std::string check_annotations(const CheckResult& result) {
  // GitHub shows ten of a kind for each step.
  constexpr std::size_t kMost = 100;
  std::string text;
  const auto rest = [&](std::string_view level, std::size_t count) {
    if (count <= kMost) return;
    text += workflow_command(
        {.level = level,
         .message = "and " + std::to_string(count - kMost) + " more; defenderd check prints all"});
  };
  for (std::size_t i = 0; i < std::min(result.problems.size(), kMost); ++i) {
    const Problem& problem = result.problems[i];
    text += workflow_command(
        {"error", problem.file, problem.line, problem.column, message_of(problem)});
  }
  rest("error", result.problems.size());
  for (std::size_t i = 0; i < std::min(result.warnings.size(), kMost); ++i) {
    Position at = position_of(result.warnings[i].source);
    text +=
        workflow_command({"warning", std::move(at.file), at.line, 0, result.warnings[i].message});
  }
  rest("warning", result.warnings.size());
  return text + check_text(result);
}

}  // namespace defenderd
