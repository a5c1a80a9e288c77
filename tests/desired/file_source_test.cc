#include "desired/file_source.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "base/unique_fd.h"
#include "desired/follower.h"
#include "desired/temp_folder.h"

namespace defenderd {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::IsEmpty;

// A file that somebody has open for writing, so that the kernel gives no lease.
class OpenForWriting {
 public:
  explicit OpenForWriting(const std::string& path, int flags = 0)
      : file_(::open(path.c_str(), O_WRONLY | O_CLOEXEC | flags, 0600)) {}
  void write(std::string_view text) const {
    ASSERT_EQ(::write(file_.get(), text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }
  void close() { file_.reset(); }

 private:
  UniqueFd file_;
};

class FileSourceTest : public testing::Test {
 protected:
  FileSourceTest() { folder_.write("list.yaml", "one\n"); }

  void start() {
    follower_.emplace(folder_.path("list.yaml"));
    ASSERT_EQ(follower_->look_for(2s), "one\n");
    follower_->pass(1min);
  }

  TempFolder folder_;
  std::optional<Follower> follower_;
};

TEST_F(FileSourceTest, GivesWhatIsThereAndThenNothing) {
  start();
  EXPECT_FALSE(follower_->source().pending());
  for (int i = 0; i < 3; ++i) EXPECT_EQ(follower_->check(), "nothing");
  EXPECT_THAT(follower_->source().waiting(), IsEmpty());
}

TEST_F(FileSourceTest, GivesEachUsualEditWithinASecondOrTwo) {
  struct Case {
    std::string description;
    void (*edit)(const TempFolder&);
    std::string expected;
    Duration within = 1s;
  };
  const std::initializer_list<Case> cases{
      {"in place, another size", [](const TempFolder& f) { f.write("list.yaml", "longer\n"); },
       "longer\n"},
      {"in place, the same size", [](const TempFolder& f) { f.write("list.yaml", "two\n"); },
       "two\n"},
      {"renamed into place", [](const TempFolder& f) { f.replace("list.yaml", "two\n"); }, "two\n"},
      {"deleted and created",
       [](const TempFolder& f) {
         fs::remove(f.path("list.yaml"));
         f.write("list.yaml", "two\n");
       },
       "two\n"},
      {"appended",
       [](const TempFolder& f) { std::ofstream(f.path("list.yaml"), std::ios::app) << "more\n"; },
       "one\nmore\n", 2s},
      {"JSON without a line end",
       [](const TempFolder& f) { f.write("list.yaml", R"({"a": {"b": 1}})"); },
       R"({"a": {"b": 1}})"}};
  for (const Case& one : cases) {
    const TempFolder folder;
    folder.write("list.yaml", "one\n");
    Follower follower(folder.path("list.yaml"));
    ASSERT_EQ(follower.look_for(2s), "one\n");
    follower.pass(1min);
    one.edit(folder);
    EXPECT_EQ(follower.look_for(one.within, Writer::Done), one.expected) << one.description;
    EXPECT_THAT(follower.warning(), IsEmpty()) << one.description;
    EXPECT_EQ(follower.check(), "nothing") << one.description;
  }
}

TEST_F(FileSourceTest, GivesAWholeFileAtOnceWhereARenamePutItInPlace) {
  start();
  folder_.replace("list.yaml", "two\n");
  EXPECT_EQ(follower_->check(Writer::Placed), "two\n");
  EXPECT_EQ(follower_->check(), "nothing");
  folder_.replace("list.yaml", "three");
  EXPECT_EQ(follower_->look_for(9s, Writer::Placed), "nothing") << "its last line has no end";
  EXPECT_EQ(follower_->look_for(2s), "three");
  folder_.replace("list.yaml", "four\n");
  const OpenForWriting writer(folder_.path("list.yaml"));
  EXPECT_EQ(follower_->check(Writer::Placed), "nothing") << "somebody may still write it";
  EXPECT_EQ(follower_->look_for(1s), "four\n") << "as after a writer who has closed";
}

// Each step is closed, and valid by itself.
TEST_F(FileSourceTest, WaitsForTheRestOfWhatIsAppendedInSteps) {
  start();
  follower_->pass(1min);
  const auto append = [this](const char* text) {
    std::ofstream(folder_.path("list.yaml"), std::ios::app) << text;
  };
  std::string whole = "one\n";
  for (int i = 0; i < 8; ++i) {
    append("more\n");
    whole += "more\n";
    EXPECT_EQ(follower_->look_for(700ms, Writer::Done), "nothing") << i;
  }
  EXPECT_EQ(follower_->look_for(12s, Writer::Done), whole);
}

TEST_F(FileSourceTest, NeverGivesAFileThatGrows) {
  start();
  OpenForWriting writer(folder_.path("list.yaml"), O_TRUNC);
  for (int i = 0; i < 200; ++i) {  // half a minute
    writer.write("line " + std::to_string(i) + "\n");
    ASSERT_EQ(follower_->check(Writer::AtWork), "nothing") << i;
  }
  EXPECT_THAT(follower_->source().waiting(), HasSubstr("is being written"));
  writer.close();
  EXPECT_THAT(follower_->look_for(1s, Writer::Done), HasSubstr("line 199\n"));
}

TEST_F(FileSourceTest, NeverGivesWhatAWriterHoldsOpenThoughNothingIsSeen) {
  start();
  OpenForWriting writer(folder_.path("list.yaml"), O_TRUNC);
  writer.write("half\n");
  EXPECT_EQ(follower_->look_for(19s), "nothing");
  follower_->pass(0s);
  writer.write("and the other\n");
  EXPECT_EQ(follower_->look_for(19s), "nothing");
  writer.close();
  EXPECT_EQ(follower_->look_for(1s), "half\nand the other\n")
      << "the kernel says that it is closed";
}

TEST_F(FileSourceTest, ReportsWhatDoesNotComeToRestAndGivesItAfterwards) {
  start();
  OpenForWriting writer(folder_.path("list.yaml"), O_TRUNC);
  writer.write("half\n");
  std::string given = "nothing";
  for (int i = 0; i < 500 && given == "nothing"; ++i) given = follower_->check(Writer::AtWork);
  EXPECT_THAT(given, HasSubstr("open for writing, for more than 1m"));
  for (int i = 0; i < 1000; ++i) ASSERT_EQ(follower_->check(Writer::AtWork), "nothing") << "once";
  // Even where it is what was in force, so that the problem is over.
  folder_.write("list.yaml", "one\n");
  writer.close();
  EXPECT_EQ(follower_->look_for(1s, Writer::Done), "one\n");
}

TEST_F(FileSourceTest, NeverGivesTheEmptyFileOfAWriterAtWork) {
  start();
  folder_.write("list.yaml", "");
  EXPECT_EQ(follower_->check(Writer::AtWork), "nothing");
  folder_.write("list.yaml", "one\n");
  EXPECT_EQ(follower_->look_for(30s, Writer::Done), "nothing");
  EXPECT_FALSE(follower_->source().pending());
}

TEST_F(FileSourceTest, WaitsForTheEndOfAFileAndTakesItWithAWarning) {
  struct Case {
    const char* description;
    std::string text;
    const char* words;
  };
  for (const Case& one : std::vector<Case>{
           {"a prefix", "1\n2\n", "the end of the file in force is missing from"},
           {"cut after an edit", "0\n1\n2\n", "the end of the file in force is missing from"},
           {"no line end", "1\n2\n3\n4\n5", "the last line of"},
           {"another, no line end", "7", "the last line of"}}) {
    folder_.write("list.yaml", "1\n2\n3\n4\n");
    Follower follower(folder_.path("list.yaml"));
    ASSERT_EQ(follower.look_for(2s), "1\n2\n3\n4\n");
    follower.pass(1min);
    folder_.write("list.yaml", one.text);
    EXPECT_EQ(follower.look_for(9s, Writer::Done), "nothing") << one.description;
    EXPECT_THAT(follower.source().waiting(), HasSubstr(one.words)) << one.description;
    EXPECT_THAT(follower.source().waiting(), HasSubstr("it takes effect in ")) << one.description;
    EXPECT_EQ(follower.look_for(2s), one.text) << one.description;
    EXPECT_THAT(follower.warning(), HasSubstr(one.words)) << one.description;
    EXPECT_THAT(follower.warning(), HasSubstr("check that it is complete")) << one.description;
  }
}

TEST_F(FileSourceTest, ABadContentMayBecomeAGoodOneForTwoSeconds) {
  start();
  folder_.write("list.yaml", "bad\n");
  EXPECT_EQ(follower_->look_for(1500ms, Writer::Done), "nothing");
  EXPECT_EQ(follower_->look_for(1s), "bad\n");
  follower_->pass(0s);
  folder_.write("list.yaml", "good\n");
  EXPECT_EQ(follower_->look_for(1s, Writer::Done), "good\n");
}

TEST_F(FileSourceTest, SeesAWriteThatLeavesTheStampAsItWas) {
  struct stat status {};
  ASSERT_EQ(::stat(folder_.path("list.yaml").c_str(), &status), 0);
  follower_.emplace(folder_.path("list.yaml"));
  ASSERT_EQ(follower_->look_for(2s), "one\n");
  // The same size, inode and time of modification, like a second write within a tick.
  folder_.write("list.yaml", "two\n");
  const timespec times[2] = {status.st_atim, status.st_mtim};
  ASSERT_EQ(::utimensat(AT_FDCWD, folder_.path("list.yaml").c_str(), times, 0), 0);
  EXPECT_EQ(follower_->look_for(1s), "two\n");
}

TEST_F(FileSourceTest, AtTheStartWaitsForTheWriterAndTheEnd) {
  OpenForWriting writer(folder_.path("list.yaml"), O_TRUNC);
  writer.write("half");
  Follower follower(folder_.path("list.yaml"));
  EXPECT_EQ(follower.look_for(19s), "nothing");
  EXPECT_THAT(follower.source().waiting(), HasSubstr("has no line end"));
  writer.write(" and whole\n");
  writer.close();
  EXPECT_EQ(follower.look_for(1s), "half and whole\n");
  EXPECT_THAT(follower.warning(), IsEmpty());

  folder_.write("list.yaml", "no end");
  Follower second(folder_.path("list.yaml"));
  EXPECT_EQ(second.look_for(9s), "nothing");
  EXPECT_EQ(second.look_for(2s), "no end");
  EXPECT_THAT(second.warning(), HasSubstr("has no line end"));
}

class FolderSourceTest : public testing::Test {
 protected:
  void start(const std::string& expected) {
    follower_.emplace(folder_.path());
    ASSERT_EQ(follower_->look_for(2s), expected);
    follower_->pass(1min);
  }

  TempFolder folder_;
  std::optional<Follower> follower_;
};

TEST_F(FolderSourceTest, SurvivesTheSwapOfAConfigMap) {
  const auto write_version = [&](const std::string& version, const std::string& text) {
    fs::create_directory(folder_.path(version));
    folder_.write(version + "/a.yaml", "a" + text);
    folder_.write(version + "/b.yaml", "b" + text);
  };
  write_version("..1", "1\n");
  fs::create_directory_symlink("..1", folder_.path("..data"));
  fs::create_symlink("..data/a.yaml", folder_.path("a.yaml"));
  fs::create_symlink("..data/b.yaml", folder_.path("b.yaml"));
  start("a1\nb1\n");
  write_version("..2", "2\n");
  EXPECT_EQ(follower_->check(), "nothing");
  fs::create_directory_symlink("..2", folder_.path("..data_tmp"));
  fs::rename(folder_.path("..data_tmp"), folder_.path("..data"));
  fs::remove_all(folder_.path("..1"));
  EXPECT_EQ(follower_->look_for(1s), "a2\nb2\n");
  // A key of the ConfigMap goes while the other changes: kubelet removes its link.
  write_version("..3", "3\n");
  fs::create_directory_symlink("..3", folder_.path("..data_tmp"));
  fs::rename(folder_.path("..data_tmp"), folder_.path("..data"));
  fs::remove(folder_.path("b.yaml"));
  EXPECT_EQ(follower_->look_for(1s), "a3\n");
}

TEST_F(FolderSourceTest, SeesFilesComeAndGo) {
  folder_.write("a.yaml", "a\n");
  start("a\n");
  folder_.write("b.yaml", "b\n");
  EXPECT_EQ(follower_->look_for(1s, Writer::Done), "a\nb\n");
  fs::rename(folder_.path("a.yaml"), folder_.path("c.yaml"));
  EXPECT_EQ(follower_->look_for(1s), "b\na\n");
  fs::remove(folder_.path("b.yaml"));
  EXPECT_EQ(follower_->look_for(1s), "a\n");
  fs::remove(folder_.path("c.yaml"));
  EXPECT_EQ(follower_->look_for(3s),
            folder_.path() + ": a folder without files: expected at least one *.yaml or *.yml\n");
}

TEST_F(FolderSourceTest, WaitsForFilesThatAreGoneWhileOthersAreWritten) {
  folder_.write("a.yaml", "a\n");
  folder_.write("b.yaml", "b\n");
  start("a\nb\n");
  // As `rm -r` and a slow copy leave it on the way.
  fs::remove(folder_.path("a.yaml"));
  fs::remove(folder_.path("b.yaml"));
  EXPECT_THAT(follower_->look_for(3s), HasSubstr("a folder without files"));
  follower_->pass(0s);
  folder_.write("a.yaml", "A\n");
  EXPECT_EQ(follower_->look_for(19s, Writer::Done), "nothing");
  EXPECT_THAT(follower_->source().waiting(), HasSubstr("b.yaml disappeared while other files"));
  follower_->pass(0s);
  folder_.write("b.yaml", "B\n");
  EXPECT_EQ(follower_->look_for(3s, Writer::Done), "nothing") << "it has been changing for long";
  EXPECT_EQ(follower_->look_for(10s), "A\nB\n");
  EXPECT_THAT(follower_->warning(), IsEmpty());

  follower_->pass(1min);
  fs::remove(folder_.path("b.yaml"));
  folder_.write("a.yaml", "3\n");
  EXPECT_EQ(follower_->look_for(19s, Writer::Done), "nothing");
  EXPECT_EQ(follower_->look_for(2s), "3\n");
  EXPECT_THAT(follower_->warning(), HasSubstr("b.yaml disappeared"));
}

// Not only when it has been at rest.
TEST_F(FileSourceTest, SaysAtOnceWhatCannotBeRead) {
  start();
  fs::remove(folder_.path("list.yaml"));
  EXPECT_EQ(follower_->check(), "nothing");
  EXPECT_THAT(
      follower_->source().waiting(),
      testing::MatchesRegex(folder_.path("list.yaml") + ": no such file; defenderd waits "
                                                        "[0-9]+s in case it is being replaced"));
}

TEST_F(FileSourceTest, GivesAProblemOnceAndTheContentAgainWhenItIsBack) {
  start();
  fs::remove(folder_.path("list.yaml"));
  EXPECT_EQ(follower_->look_for(3s), folder_.path("list.yaml") + ": no such file\n");
  EXPECT_EQ(follower_->check(), "nothing");
  folder_.write("list.yaml", "one\n");
  EXPECT_EQ(follower_->look_for(1s, Writer::Done), "one\n");
}

TEST(Source, GivesValuesAndProblems) {
  const TempFolder folder;
  folder.write("list.yaml", "3\n");
  Source<int> source(folder.path("list.yaml"),
                     [](const std::vector<NamedText>& files) -> Result<int, std::vector<Problem>> {
                       const std::string& text = files.at(0).text;
                       if (text == "bad\n")
                         return Unexpected(std::vector<Problem>{{.message = text}});
                       return std::stoi(text);
                     });
  SteadyTime now(1h);
  const auto poll_source = [&] {
    for (int i = 0; i < 100; ++i) {
      auto given = source.poll({now, SystemClock().wall_now()}, Writer::Done);
      now += kRestAfterClose;
      if (given) return std::optional(std::move(given->value));
      if (!source.pending()) break;
    }
    return std::optional<Result<int, std::vector<Problem>>>();
  };
  using Read = Result<int, std::vector<Problem>>;
  EXPECT_EQ(poll_source(), Read(3));
  EXPECT_EQ(poll_source(), std::nullopt);
  folder.write("list.yaml", "bad\n");
  EXPECT_EQ(poll_source(), Read(Unexpected(std::vector<Problem>{{.message = "bad\n"}})));
  fs::remove(folder.path("list.yaml"));
  const auto missing = poll_source();
  ASSERT_TRUE(missing && !*missing);
  EXPECT_EQ(missing->error().at(0).message, "no such file");
  folder.write("list.yaml", "3\n");
  EXPECT_EQ(poll_source(), Read(3));
}

}  // namespace
}  // namespace defenderd
