#include "desired/load.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <string>

#include "desired/temp_folder.h"

namespace defenderd {
namespace {

namespace fs = std::filesystem;

std::string problems_of(const std::string& path) {
  const auto texts = FileSet(path).load();
  return texts ? "" : format(texts.error());
}

std::vector<std::string> names_of(const FileSet::Texts& texts) {
  std::vector<std::string> names;
  if (!texts) return names;
  for (const NamedText& text : *texts) names.push_back(fs::path(text.name).filename());
  return names;
}

TEST(FileSet, LoadsAFileUnderItsPath) {
  const TempFolder folder;
  folder.write("list.txt", "content\n");
  const auto texts = FileSet(folder.path("list.txt")).load();
  ASSERT_TRUE(texts) << format(texts.error());
  ASSERT_EQ(texts->size(), 1U);
  EXPECT_EQ(texts->at(0).name, folder.path("list.txt"));
  EXPECT_EQ(texts->at(0).text, "content\n");
}

TEST(FileSet, LoadsTheYamlOfAFolderInOrder) {
  const TempFolder folder;
  for (const char* name : {"b.yaml", "a.yml", "c.yaml", ".hidden.yaml", "notes.txt", "b.yaml~"}) {
    folder.write(name, name);
  }
  fs::create_directory(folder.path("sub.yaml"));
  EXPECT_THAT(names_of(FileSet(folder.path()).load()),
              testing::ElementsAre("a.yml", "b.yaml", "c.yaml"));
}

TEST(FileSet, FollowsLinksAsConfigMapsHaveThem) {
  const TempFolder folder;
  fs::create_directory(folder.path("..2026_11"));
  folder.write("..2026_11/list.yaml", "content");
  fs::create_directory_symlink("..2026_11", folder.path("..data"));
  fs::create_symlink("..data/list.yaml", folder.path("list.yaml"));
  const auto texts = FileSet(folder.path()).load();
  ASSERT_TRUE(texts) << format(texts.error());
  ASSERT_EQ(texts->size(), 1U);
  EXPECT_EQ(texts->at(0).text, "content");
}

TEST(FileSet, SaysWhatIsWrong) {
  const TempFolder folder;
  EXPECT_EQ(problems_of(folder.path("none.yaml")), folder.path("none.yaml") + ": no such file\n");
  EXPECT_EQ(problems_of(folder.path()),
            folder.path() + ": a folder without files: expected at least one *.yaml or *.yml\n");
  ASSERT_EQ(::mkfifo(folder.path("pipe").c_str(), 0600), 0);
  EXPECT_EQ(problems_of(folder.path("pipe")),
            folder.path("pipe") + ": a named pipe, expected a regular file\n");
  fs::create_symlink("nowhere", folder.path("dangling.yaml"));
  EXPECT_EQ(problems_of(folder.path()), folder.path("dangling.yaml") + ": no such file\n");
}

TEST(FileSet, NamesEveryFileThatCannotBeRead) {
  const TempFolder folder;
  folder.write("b.yaml", "x");
  // Links to themselves: unreadable for root, too.
  fs::create_symlink("a.yaml", folder.path("a.yaml"));
  fs::create_symlink("c.yaml", folder.path("c.yaml"));
  EXPECT_EQ(problems_of(folder.path()),
            folder.path("a.yaml") + ": cannot be read: Too many levels of symbolic links\n" +
                folder.path("c.yaml") + ": cannot be read: Too many levels of symbolic links\n");
}

TEST(FileSet, RefusesWhatIsTooLarge) {
  const TempFolder folder;
  folder.write("large.yaml", "");
  fs::resize_file(folder.path("large.yaml"), kMaxFileSize + 1);  // sparse: takes no room
  EXPECT_EQ(problems_of(folder.path("large.yaml")),
            folder.path("large.yaml") + ": larger than 32 MiB\n");
}

TEST(FileSet, RefusesTooManyFiles) {
  const TempFolder folder;
  for (std::size_t i = 0; i <= kMaxFiles; ++i) folder.write(std::to_string(i) + ".yaml", "");
  EXPECT_EQ(problems_of(folder.path()),
            folder.path() + ": a folder with more than 1000 files: expected one per team\n");
}

}  // namespace
}  // namespace defenderd
