// Holds deploy/logs.md against the closed sets of the log, and both against what the sources log.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <regex>
#include <set>
#include <string>

#include "source_dir.h"
#include "telemetry/log.h"

namespace defenderd {
namespace {

using Words = std::set<std::string>;

// What an event may come with.
struct Shape {
  Words levels;
  Words fields;
  bool operator==(const Shape&) const = default;
};

std::ostream& operator<<(std::ostream& out, const Shape& shape) {
  return out << "levels " << testing::PrintToString(shape.levels) << ", fields "
             << testing::PrintToString(shape.fields);
}

std::string read(const std::filesystem::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

Words found(const std::string& text, const std::regex& pattern) {
  Words result;
  for (std::sregex_iterator it(text.begin(), text.end(), pattern), end; it != end; ++it) {
    result.insert((*it)[1]);
  }
  return result;
}

template <class Values>
Words names(const Values& values) {
  Words result;
  for (const auto& value : values) result.emplace(value.name);
  return result;
}

std::string snake_case(const std::string& enumerator) {
  std::string result;
  for (const char c : enumerator) {
    const bool upper = c >= 'A' && c <= 'Z';
    if (upper && !result.empty()) result += '_';
    result += upper ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return result;
}

Words snake_cases(const Words& enumerators) {
  Words result;
  for (const std::string& enumerator : enumerators) result.insert(snake_case(enumerator));
  return result;
}

const std::string kPage = read(std::string(DEFENDERD_SOURCE_DIR) + "/deploy/logs.md");

// | `event` | level, level | when | `field`, `field` |
std::map<std::string, Shape> documented() {
  std::map<std::string, Shape> result;
  const std::regex row(R"(\n\| `(\w+)` \| ([a-z, ]+) \| [^|\n]+ \|([^|\n]*)\|)");
  for (std::sregex_iterator it(kPage.begin(), kPage.end(), row), end; it != end; ++it) {
    result[(*it)[1]] = {found((*it)[2], std::regex("(debug|info|warn|error)")),
                        found((*it)[3], std::regex("`(\\w+)`"))};
  }
  return result;
}

// Each call that makes a line, from its name to its semicolon. One that names several events may
// give each of them any of its levels and fields.
std::map<std::string, std::vector<Shape>> logged() {
  std::map<std::string, std::vector<Shape>> result;
  const std::filesystem::path daemon = std::string(DEFENDERD_SOURCE_DIR) + "/daemon";
  for (const auto& entry : std::filesystem::recursive_directory_iterator(daemon)) {
    if (entry.path().extension() != ".cc" || entry.path().filename() == "log_line.cc") continue;
    const std::string source = read(entry.path());
    const std::regex call(R"(\b(log_?\.log|lines_?\.add|return format_log_line)\()");
    for (std::sregex_iterator it(source.begin(), source.end(), call), end; it != end; ++it) {
      const auto start = static_cast<std::size_t>(it->position());
      const std::string text = source.substr(start, source.find(");\n", start) - start);
      const Shape shape{snake_cases(found(text, std::regex("LogLevel::(\\w+)"))),
                        snake_cases(found(text, std::regex("log_key::k(\\w+)")))};
      const Words events = snake_cases(found(text, std::regex("log_event::k(\\w+)")));
      EXPECT_FALSE(events.empty()) << entry.path() << ": name the event in the call: " << text;
      for (const std::string& event : events) result[event].push_back(shape);
    }
  }
  return result;
}

TEST(LogReference, EveryEventIsDescribedAndNoOther) {
  Words described;
  for (const auto& [event, shape] : documented()) described.insert(event);
  EXPECT_EQ(described, names(log_event::kAll));
}

TEST(LogReference, EveryFieldIsDescribedAndNoOther) {
  const std::string fields = kPage.substr(kPage.find("\n## Fields"));
  EXPECT_EQ(found(fields, std::regex(R"(\n\| `(\w+)` \|)")), names(log_key::kAll));
}

TEST(LogReference, EventsAreLoggedAsDescribed) {
  const auto calls = logged();
  for (const auto& [event, described] : documented()) {
    ASSERT_TRUE(calls.contains(event)) << "nothing logs " << event;
    Shape together;
    for (const Shape& call : calls.at(event)) {
      together.levels.insert(call.levels.begin(), call.levels.end());
      together.fields.insert(call.fields.begin(), call.fields.end());
    }
    // A call that serves several events: what is described must be among what it gives.
    const bool shared = event == "corrected" || event == "withheld" || event == "change_failed";
    if (!shared) {
      EXPECT_EQ(described, together) << event;
      continue;
    }
    EXPECT_THAT(described.levels, testing::IsSubsetOf(together.levels)) << event;
    EXPECT_THAT(described.fields, testing::IsSubsetOf(together.fields)) << event;
  }
  const auto page = documented();
  Words of_changes;
  for (const std::string event : {"corrected", "withheld", "change_failed"}) {
    of_changes.insert(page.at(event).fields.begin(), page.at(event).fields.end());
  }
  EXPECT_EQ(of_changes, calls.at("withheld").front().fields);
}

}  // namespace
}  // namespace defenderd
