// Holds this project against the rules.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <set>

#include "layering/cmake_rules.h"
#include "layering/source_rules.h"
#include "layering/type_names.h"
#include "source_dir.h"

namespace layering {
namespace {

using testing::IsEmpty;

const std::filesystem::path kRoot = DEFENDERD_SOURCE_DIR;

std::string read(const std::filesystem::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

bool is_source(const std::string& path) { return path.ends_with(".h") || path.ends_with(".cc"); }

// What people write and read: not recorded data, pictures or installed packages.
bool is_written_by_people(const std::filesystem::path& path) {
  static const std::set<std::string> suffixes{"",    ".h",   ".cc", ".cmake", ".txt", ".md",
                                              ".sh", ".mjs", ".js", ".py",    ".css", ".html"};
  return suffixes.contains(path.extension().string());
}

// Paths from the root, with slashes, of all files below `top`.
std::vector<std::string> files_below(const std::string& top) {
  std::vector<std::string> files;
  for (auto at = std::filesystem::recursive_directory_iterator(kRoot / top);
       at != std::filesystem::recursive_directory_iterator(); ++at) {
    if (at->path().filename() == "node_modules") at.disable_recursion_pending();
    if (at->is_regular_file()) files.push_back(at->path().lexically_relative(kRoot));
  }
  return files;
}

void append(std::vector<Violation>& all, const std::vector<Violation>& more) {
  all.insert(all.end(), more.begin(), more.end());
}

TEST(Project, KeepsTheIncludeRules) {
  std::vector<Violation> violations;
  std::set<std::string> folders;
  for (const std::string& path : files_below("daemon")) {
    if (!is_source(path)) continue;
    folders.emplace(folder_of(path));
    append(violations, check_source(path, read(kRoot / path)));
  }
  EXPECT_THAT(violations, IsEmpty());
  EXPECT_TRUE(folders.contains("core") && folders.contains("base"))
      << "no sources seen below " << kRoot;
}

TEST(Project, HasNoFileThatIsTooLong) {
  std::vector<Violation> violations;
  for (const char* const top : {"daemon", "tests"}) {
    for (const std::string& path : files_below(top)) {
      if (is_written_by_people(path)) append(violations, check_length(path, read(kRoot / path)));
    }
  }
  EXPECT_THAT(violations, IsEmpty());
}

TEST(Project, SpellsPlansInTheCatalogueAlone) {
  std::vector<Violation> violations;
  for (const std::string& path : files_below("daemon")) {
    if (is_written_by_people(path)) append(violations, check_plan_names(path, read(kRoot / path)));
  }
  EXPECT_THAT(violations, IsEmpty());
}

// The programs of tests/ link parts of both trees.
TEST(Project, HasOneTypePerName) {
  std::vector<TypeDefinition> types;
  for (const char* const top : {"daemon", "tests"}) {
    for (const std::string& path : files_below(top)) {
      if (!path.ends_with(".h")) continue;
      const auto more = types_of(path, read(kRoot / path));
      types.insert(types.end(), more.begin(), more.end());
    }
  }
  EXPECT_GT(types.size(), 500U) << "types seen below " << kRoot;
  EXPECT_THAT(check_type_names(types), IsEmpty());
}

TEST(Project, LinksOnlyWhatItMayInclude) {
  std::map<std::string, std::vector<std::string>> headers;  // by folder
  for (const std::string& path : files_below("daemon")) {
    if (!path.ends_with(".h")) continue;
    headers[std::string(folder_of(path))].push_back(std::filesystem::path(path).filename());
  }
  ASSERT_TRUE(headers.contains("core"));
  std::vector<Violation> violations;
  for (const auto& [folder, names] : headers) {
    const std::string text = read(kRoot / "daemon" / folder / "CMakeLists.txt");
    append(violations, check_cmake(folder, text, names));
  }
  EXPECT_THAT(violations, IsEmpty());
}

}  // namespace
}  // namespace layering
