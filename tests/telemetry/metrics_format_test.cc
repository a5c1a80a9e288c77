// The exposition as its readers see it: promtool, a parser of OpenMetrics, and the table of
// deploy/prometheus/metrics.md.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "source_dir.h"
#include "telemetry/full_metrics.h"

namespace defenderd {
namespace {

struct Family {
  std::string help;
  std::string type;
  std::set<std::string> labels;
  int samples = 0;
  bool operator==(const Family&) const = default;
};

// Label names of `name{a="..",b=".."} 1`.
std::set<std::string> label_names(const std::string& sample) {
  std::set<std::string> names;
  const std::size_t open = sample.find('{');
  if (open == std::string::npos) return names;
  std::string name;
  bool quoted = false;
  for (std::size_t i = open + 1; i < sample.size(); ++i) {
    const char c = sample[i];
    if (quoted && c == '\\') {
      ++i;
    } else if (c == '"') {
      quoted = !quoted;
    } else if (!quoted && c == '=') {
      names.insert(name);
      name.clear();
    } else if (!quoted && c == '}') {
      break;
    } else if (!quoted && c != ',') {
      name += c;
    }
  }
  names.erase("le");
  return names;
}

// Checks the order of the lines on the way: HELP, TYPE, then samples of this family alone.
std::map<std::string, Family> parse(const std::string& text) {
  std::map<std::string, Family> families;
  std::istringstream lines(text);
  std::string current;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("# HELP ")) {
      const std::size_t end = line.find(' ', 7);
      current = line.substr(7, end - 7);
      EXPECT_FALSE(families.contains(current)) << current << " appears twice";
      families[current].help = line.substr(end + 1);
    } else if (line.starts_with("# TYPE ")) {
      EXPECT_EQ(line.substr(7, current.size() + 1), current + " ");
      families[current].type = line.substr(8 + current.size());
    } else if (!line.starts_with("# UNIT ") && line != "# EOF") {
      EXPECT_TRUE(line.starts_with(current)) << line << " stands under " << current;
      families[current].labels.merge(label_names(line));
      ++families[current].samples;
    }
  }
  return families;
}

std::vector<std::string> cells(const std::string& row) {
  std::vector<std::string> result;
  std::istringstream parts(row.substr(1));
  for (std::string cell; std::getline(parts, cell, '|');) {
    std::erase(cell, '`');
    const std::size_t first = cell.find_first_not_of(' ');
    result.push_back(first == std::string::npos
                         ? ""
                         : cell.substr(first, cell.find_last_not_of(' ') - first + 1));
  }
  return result;
}

std::map<std::string, Family> documented() {
  std::ifstream file(std::string(DEFENDERD_SOURCE_DIR) + "/deploy/prometheus/metrics.md");
  std::map<std::string, Family> families;
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with("| `")) continue;
    const std::vector<std::string> row = cells(line);
    if (row.size() < 4) {
      ADD_FAILURE() << "a row without four cells: " << line;
      continue;
    }
    Family family{row[3], row[1], {}, 0};
    std::istringstream labels(row[2]);
    for (std::string label; std::getline(labels >> std::ws, label, ',');) {
      family.labels.insert(label);
    }
    families[row[0]] = family;
  }
  return families;
}

std::string row_of(const std::string& name, const Family& family) {
  std::string labels;
  for (const std::string& label : family.labels)
    labels += (labels.empty() ? "`" : ", `") + label + "`";
  return "| `" + name + "` | " + family.type + " | " + labels + " | " + family.help + " |";
}

TEST(MetricsFormat, TableInDeployPrometheusIsComplete) {
  const auto table = documented();
  const auto exposed = parse(samples::full_exposition(ExpositionFormat::Prometheus));
  for (const auto& [name, family] : exposed) {
    EXPECT_GT(family.samples, 0) << name << " has no sample in the test's exposition";
    const auto row = table.find(name);
    if (row == table.end()) {
      ADD_FAILURE() << "add to metrics.md:\n" << row_of(name, family);
      continue;
    }
    EXPECT_EQ(row_of(name, row->second), row_of(name, family));
  }
  for (const auto& [name, family] : table) {
    EXPECT_TRUE(exposed.contains(name)) << name << " is in metrics.md alone";
  }
}

TEST(MetricsFormat, BothFormatsTellTheSameSamples) {
  const auto samples_of = [](ExpositionFormat format) {
    std::multiset<std::string> result;
    std::istringstream lines(samples::full_exposition(format));
    for (std::string line; std::getline(lines, line);) {
      // Those of the process move between two scrapes.
      if (!line.starts_with('#') && !line.starts_with("process_")) result.insert(line);
    }
    return result;
  };
  EXPECT_EQ(samples_of(ExpositionFormat::Prometheus), samples_of(ExpositionFormat::OpenMetrics));
}

TEST(MetricsFormat, OpenMetricsKeepsItsRulesOfNames) {
  const std::string text = samples::full_exposition(ExpositionFormat::OpenMetrics);
  EXPECT_TRUE(text.ends_with("\n# EOF\n"));
  const auto families = parse(text);
  for (const auto& [name, family] : families) {
    EXPECT_FALSE(name.ends_with("_total")) << name;
    EXPECT_FALSE(name.ends_with("_info")) << name;
    const bool has_unit = name.ends_with("_seconds") || name.ends_with("_bytes");
    EXPECT_EQ(text.find("# UNIT " + name + " ") != std::string::npos, has_unit) << name;
  }
}

TEST(MetricsFormat, PromtoolHasNothingToSay) {
  if (std::system("command -v promtool >/dev/null 2>&1") != 0) {  // NOLINT: a test's own command
    GTEST_SKIP() << "promtool is not on PATH (Debian: package prometheus)";
  }
  const std::filesystem::path file = std::filesystem::path(testing::TempDir()) /
                                     ("defenderd_metrics_" + std::to_string(::getpid()) + ".txt");
  std::ofstream(file) << samples::full_exposition(ExpositionFormat::Prometheus);
  FILE* const said = ::popen(("promtool check metrics < " + file.string() + " 2>&1").c_str(), "r");
  std::string words;
  for (int c = std::fgetc(said); c != EOF; c = std::fgetc(said)) words += static_cast<char>(c);
  const int status = ::pclose(said);
  std::filesystem::remove(file);
  EXPECT_EQ(words, "");
  EXPECT_EQ(status, 0);
}

}  // namespace
}  // namespace defenderd
