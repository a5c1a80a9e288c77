#include "desired/file_source.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <string>

#include "desired/temp_folder.h"

namespace defenderd {
namespace {

namespace fs = std::filesystem;

// What poll() gave: "nothing", the texts joined, or the problems.
std::string poll(FileSource& source) {
  const auto texts = source.poll();
  if (!texts) return "nothing";
  if (!*texts) return format(texts->error());
  std::string joined;
  for (const NamedText& file : **texts) joined += file.text;
  return joined;
}

// Polls as a watcher does: again and again while a change has not come to rest.
std::string poll_to_rest(FileSource& source) {
  std::string result = poll(source);
  for (int i = 0; i < 10 && source.settling(); ++i) result = poll(source);
  return result;
}

TEST(FileSource, GivesAtOnceWhatIsThereAndThenNothing) {
  const TempFolder folder;
  folder.write("list.yaml", "one");
  FileSource source(folder.path("list.yaml"));
  EXPECT_EQ(poll(source), "one");
  EXPECT_FALSE(source.settling());
  for (int i = 0; i < 3; ++i) EXPECT_EQ(poll(source), "nothing");
}

TEST(FileSource, GivesAChangeOnceItCameToRest) {
  const TempFolder folder;
  folder.write("list.yaml", "one");
  FileSource source(folder.path("list.yaml"));
  EXPECT_EQ(poll(source), "one");
  folder.write("list.yaml", "one and half of tw");
  EXPECT_EQ(poll(source), "nothing");
  EXPECT_TRUE(source.settling());
  folder.write("list.yaml", "one and two");
  EXPECT_EQ(poll(source), "nothing");
  EXPECT_EQ(poll(source), "one and two");
  EXPECT_FALSE(source.settling());
}

TEST(FileSource, NeverGivesTheEmptyFileOfAWriterAtWork) {
  const TempFolder folder;
  folder.write("list.yaml", "one");
  FileSource source(folder.path("list.yaml"));
  EXPECT_EQ(poll(source), "one");
  folder.write("list.yaml", "");
  EXPECT_EQ(poll(source), "nothing");
  folder.write("list.yaml", "one");
  EXPECT_EQ(poll_to_rest(source), "nothing");
}

TEST(FileSource, TakesAFileThatNeverRestsAsItIs) {
  const TempFolder folder;
  folder.write("list.yaml", "start");
  FileSource source(folder.path("list.yaml"));
  EXPECT_EQ(poll(source), "start");
  std::string given = "nothing";
  int looks = 0;
  for (; given == "nothing" && looks < 20; ++looks) {
    folder.write("list.yaml", std::string(static_cast<std::size_t>(looks) + 1, 'x'));
    given = poll(source);
  }
  EXPECT_EQ(given, std::string(5, 'x'));
}

TEST(FileSource, SeesEachWayOfEditing) {
  struct Case {
    std::string description;
    void (*edit)(const TempFolder&);
  };
  const std::initializer_list<Case> cases{
      {"in place, another size", [](const TempFolder& f) { f.write("list.yaml", "longer"); }},
      {"in place, the same size", [](const TempFolder& f) { f.write("list.yaml", "two"); }},
      {"renamed into place", [](const TempFolder& f) { f.replace("list.yaml", "two"); }},
      {"deleted and created",
       [](const TempFolder& f) {
         fs::remove(f.path("list.yaml"));
         f.write("list.yaml", "two");
       }},
      {"appended",
       [](const TempFolder& f) { std::ofstream(f.path("list.yaml"), std::ios::app) << "more"; }}};
  for (const Case& one : cases) {
    const TempFolder folder;
    folder.write("list.yaml", "one");
    FileSource source(folder.path("list.yaml"));
    EXPECT_EQ(poll(source), "one");
    one.edit(folder);
    EXPECT_THAT(poll_to_rest(source), testing::AnyOf("two", "longer", "onemore"))
        << one.description;
    EXPECT_EQ(poll(source), "nothing") << one.description;
  }
}

TEST(FileSource, SeesAWriteThatLeavesTheStampAsItWas) {
  const TempFolder folder;
  folder.write("list.yaml", "one");
  struct stat status {};
  ASSERT_EQ(::stat(folder.path("list.yaml").c_str(), &status), 0);
  FileSource source(folder.path("list.yaml"));
  EXPECT_EQ(poll(source), "one");
  // The same size, inode and time of modification: what a second write within a tick looks like.
  folder.write("list.yaml", "two");
  const timespec times[2] = {status.st_atim, status.st_mtim};
  ASSERT_EQ(::utimensat(AT_FDCWD, folder.path("list.yaml").c_str(), times, 0), 0);
  EXPECT_EQ(poll_to_rest(source), "two");
}

TEST(FileSource, SurvivesTheSwapOfAConfigMap) {
  const TempFolder folder;
  const auto write_version = [&](const std::string& version, const std::string& text) {
    fs::create_directory(folder.path(version));
    folder.write(version + "/a.yaml", "a" + text);
    folder.write(version + "/b.yaml", "b" + text);
  };
  write_version("..1", "1");
  fs::create_directory_symlink("..1", folder.path("..data"));
  fs::create_symlink("..data/a.yaml", folder.path("a.yaml"));
  fs::create_symlink("..data/b.yaml", folder.path("b.yaml"));
  FileSource source(folder.path());
  EXPECT_EQ(poll(source), "a1b1");
  write_version("..2", "2");
  EXPECT_EQ(poll(source), "nothing");
  fs::create_directory_symlink("..2", folder.path("..data_tmp"));
  fs::rename(folder.path("..data_tmp"), folder.path("..data"));
  fs::remove_all(folder.path("..1"));
  EXPECT_EQ(poll_to_rest(source), "a2b2");
}

TEST(FileSource, SeesFilesComeAndGo) {
  const TempFolder folder;
  folder.write("a.yaml", "a");
  FileSource source(folder.path());
  EXPECT_EQ(poll(source), "a");
  folder.write("b.yaml", "b");
  EXPECT_EQ(poll_to_rest(source), "ab");
  fs::rename(folder.path("a.yaml"), folder.path("c.yaml"));
  EXPECT_EQ(poll_to_rest(source), "ba");
  fs::remove(folder.path("b.yaml"));
  EXPECT_EQ(poll_to_rest(source), "a");
  fs::remove(folder.path("c.yaml"));
  EXPECT_EQ(poll_to_rest(source),
            folder.path() + ": a folder without files: expected at least one *.yaml or *.yml\n");
}

TEST(FileSource, GivesAProblemOnceAndTheContentAgainWhenItIsBack) {
  const TempFolder folder;
  folder.write("list.yaml", "one");
  FileSource source(folder.path("list.yaml"));
  EXPECT_EQ(poll(source), "one");
  fs::remove(folder.path("list.yaml"));
  EXPECT_EQ(poll_to_rest(source), folder.path("list.yaml") + ": no such file\n");
  EXPECT_EQ(poll(source), "nothing");
  folder.write("list.yaml", "one");
  EXPECT_EQ(poll_to_rest(source), "one");
}

TEST(Source, GivesValuesAndProblems) {
  const TempFolder folder;
  folder.write("list.yaml", "3");
  Source<int> source(folder.path("list.yaml"),
                     [](const std::vector<NamedText>& files) -> Result<int, std::vector<Problem>> {
                       const std::string& text = files.at(0).text;
                       if (text == "bad")
                         return Unexpected(std::vector<Problem>{{.message = text}});
                       return std::stoi(text);
                     });
  const auto poll_source = [&] {
    auto result = source.poll();
    while (!result && source.settling()) result = source.poll();
    return result;
  };
  using Read = Result<int, std::vector<Problem>>;
  EXPECT_EQ(poll_source(), Read(3));
  EXPECT_EQ(poll_source(), std::nullopt);
  folder.write("list.yaml", "bad");
  EXPECT_EQ(poll_source(), Read(Unexpected(std::vector<Problem>{{.message = "bad"}})));
  fs::remove(folder.path("list.yaml"));
  const auto missing = poll_source();
  ASSERT_TRUE(missing && !*missing);
  EXPECT_EQ(missing->error().at(0).message, "no such file");
  folder.write("list.yaml", "3");
  EXPECT_EQ(poll_source(), Read(3));
}

}  // namespace
}  // namespace defenderd
