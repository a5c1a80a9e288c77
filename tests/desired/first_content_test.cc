// The first content after a start: read while it changes, or unfinished compared with what was in
// force before a restart.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "desired/follower.h"
#include "desired/temp_folder.h"

namespace defenderd {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::IsEmpty;

// The file grows between the look at its stamp and its reading.
class GrowingFiles final : public Files {
 public:
  [[nodiscard]] const std::string& path() const override { return path_; }
  [[nodiscard]] std::vector<FileStamp> stamps() const override {
    return {{.name = path_, .is_file = true, .size = text_.size(), .modified_ns = 1}};
  }
  [[nodiscard]] Texts load() const override {
    std::string read = text_;
    text_ = "one\ntwo\n";
    return std::vector<NamedText>{{path_, std::move(read)}};
  }
  [[nodiscard]] bool none_open_for_writing(const std::vector<std::string>&) const override {
    return true;
  }

 private:
  const std::string path_ = "list.yaml";
  mutable std::string text_ = "one\n";
};

TEST(FileSource, TheFirstContentIsNotTakenIfItChangesWhileItIsRead) {
  FileSource source(std::make_unique<const GrowingFiles>(), [](const auto&) { return true; });
  SteadyTime now(1h);
  EXPECT_FALSE(source.poll({now, SystemClock().wall_now()}, Writer::Unknown));
  EXPECT_TRUE(source.pending());
  now += 1s;
  const auto given = source.poll({now, SystemClock().wall_now()}, Writer::Unknown);
  ASSERT_TRUE(given && given->texts);
  EXPECT_EQ(given->texts->front().text, "one\ntwo\n");
}

// A run that had this in force, and the next one, which loads what is there now.
class RestartedSourceTest : public testing::Test {
 protected:
  void run_before(const std::string& path) {
    Follower before(path);
    ASSERT_NE(before.look_for(2s), "nothing");
    marks_ = before.source().marks();
  }
  // Whether the first content is taken back.
  bool restart(const std::string& path) {
    follower_.emplace(path);
    EXPECT_NE(follower_->look_for(2s), "nothing");
    follower_->pass(0s);
    return follower_->recall(marks_);
  }

  TempFolder folder_;
  std::vector<FileMark> marks_;
  std::optional<Follower> follower_;
};

TEST_F(RestartedSourceTest, AWholeFileStaysInForce) {
  folder_.write("list.yaml", "1\n2\n3\n4\n");
  run_before(folder_.path("list.yaml"));
  for (const char* text : {"1\n2\n3\n4\n", "1\n2\n3\n4\n5\n", "2\n3\n4\n", "6\n7\n8\n9\n"}) {
    folder_.write("list.yaml", text);
    EXPECT_FALSE(restart(folder_.path("list.yaml"))) << text;
    EXPECT_EQ(follower_->look_for(1s), "nothing") << text;
    EXPECT_FALSE(follower_->source().pending()) << text;
  }
}

TEST_F(RestartedSourceTest, AnUnfinishedFileWaitsAsItWouldHaveAndIsTakenWithAWarning) {
  folder_.write("list.yaml", "1\n2\n3\n4\n");
  run_before(folder_.path("list.yaml"));
  folder_.write("list.yaml", "1\n2\n");
  ASSERT_TRUE(restart(folder_.path("list.yaml")));
  EXPECT_EQ(follower_->source().marks(), marks_) << "that is not in force";
  EXPECT_EQ(follower_->look_for(9s), "nothing");
  EXPECT_THAT(follower_->source().waiting(),
              HasSubstr("the end of the file that was in force before the restart is missing"));
  EXPECT_EQ(follower_->look_for(2s), "1\n2\n");
  EXPECT_THAT(follower_->warning(), HasSubstr("before the restart is missing from"));
  EXPECT_THAT(follower_->warning(), HasSubstr("check that it is complete"));
  EXPECT_NE(follower_->source().marks(), marks_);
}

TEST_F(RestartedSourceTest, AFileAtAnotherPlaceIsNoLoss) {
  folder_.write("list.yaml", "1\n2\n3\n4\n");
  run_before(folder_.path("list.yaml"));
  folder_.write("other.yaml", "1\n");
  EXPECT_FALSE(restart(folder_.path("other.yaml")));
}

TEST_F(RestartedSourceTest, EachPartWaitsAndTheWholeIsTaken) {
  const std::string whole = "1\n2\n3\n4\n5\n6\n";
  folder_.write("list.yaml", whole);
  run_before(folder_.path("list.yaml"));
  folder_.write("list.yaml", whole.substr(0, 4));
  ASSERT_TRUE(restart(folder_.path("list.yaml")));
  EXPECT_EQ(follower_->look_for(3s), "nothing");
  follower_->pass(0s);
  folder_.write("list.yaml", whole.substr(0, 8));
  EXPECT_EQ(follower_->look_for(9s, Writer::Done), "nothing") << "longer, and not whole";
  EXPECT_TRUE(follower_->recall(marks_)) << "another restart of a part of the process";
  follower_->pass(0s);
  folder_.write("list.yaml", whole);
  EXPECT_EQ(follower_->look_for(12s, Writer::Done), whole);
  EXPECT_THAT(follower_->warning(), IsEmpty());
}

TEST_F(RestartedSourceTest, ABadEditDoesNotEndWhatIsInForce) {
  folder_.write("list.yaml", "1\n2\n3\n4\n");
  run_before(folder_.path("list.yaml"));
  ASSERT_FALSE(restart(folder_.path("list.yaml")));
  folder_.write("list.yaml", "bad\n");
  ASSERT_THAT(follower_->look_for(12s), HasSubstr("bad"));
  EXPECT_FALSE(follower_->recall(marks_)) << "another restart of a part of the process";
  EXPECT_EQ(follower_->source().marks(), marks_);
}

TEST_F(RestartedSourceTest, ABadPartIsReportedAndTheWholeStillTaken) {
  folder_.write("list.yaml", "1\n2\n3\n4\n");
  run_before(folder_.path("list.yaml"));
  folder_.write("list.yaml", "1\n2\n");
  ASSERT_TRUE(restart(folder_.path("list.yaml")));
  folder_.write("list.yaml", "bad\n2\n3\n4\n");
  EXPECT_EQ(follower_->look_for(5s, Writer::Done), "bad\n2\n3\n4\n");
  follower_->pass(1min);
  folder_.write("list.yaml", "1\n2\n");
  EXPECT_EQ(follower_->look_for(9s, Writer::Done), "nothing") << "nothing else is in force yet";
  EXPECT_EQ(follower_->look_for(2s), "1\n2\n");
}

TEST_F(RestartedSourceTest, AFolderThatLostFilesWaits) {
  folder_.write("a.yaml", "a\n");
  folder_.write("b.yaml", "b\n");
  run_before(folder_.path());
  fs::remove(folder_.path("a.yaml"));
  EXPECT_FALSE(restart(folder_.path())) << "it was only deleted";
  folder_.write("b.yaml", "B\n");
  ASSERT_TRUE(restart(folder_.path()));
  EXPECT_EQ(follower_->look_for(18s), "nothing");
  EXPECT_THAT(follower_->source().waiting(), HasSubstr("a.yaml disappeared while other files"));
  EXPECT_EQ(follower_->look_for(3s), "B\n");
  EXPECT_THAT(follower_->warning(), HasSubstr("a.yaml disappeared"));
}

}  // namespace
}  // namespace defenderd
