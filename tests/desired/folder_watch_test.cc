#include "desired/folder_watch.h"

#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <functional>
#include <thread>

#include "desired/temp_folder.h"

namespace defenderd {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

constexpr Duration kLong = 60s;  // only a watch that misses something takes so long

struct Event {
  const char* description;
  std::function<void(const TempFolder&)> happen;
};

class FolderWatchTest : public testing::Test {
 protected:
  FolderWatchTest() { folder_.write("list.yaml", "one"); }

  // Nothing that has happened so far is news any more.
  static void calm(FolderWatch& watch) {
    while (watch.wait(0s, {})) {
    }
  }

  TempFolder folder_;
};

TEST_F(FolderWatchTest, WakesHoweverAFileIsReplaced) {
  for (const Event& event : std::vector<Event>{
           {"written in place", [](const auto& it) { it.write("list.yaml", "two"); }},
           {"renamed into place",
            [](const auto& it) {
              it.write("new", "three");
              fs::rename(it.path("new"), it.path("list.yaml"));
            }},
           {"deleted", [](const auto& it) { fs::remove(it.path("list.yaml")); }},
           {"created", [](const auto& it) { it.write("list.yaml", "four"); }},
           {"another file of the folder", [](const auto& it) { it.write("more.yaml", "x"); }},
       }) {
    SCOPED_TRACE(event.description);
    FolderWatch watch({folder_.path("list.yaml"), folder_.path("")});
    calm(watch);
    event.happen(folder_);
    EXPECT_TRUE(watch.wait(kLong, {}));
  }
}

TEST_F(FolderWatchTest, FollowsLinksThroughTheirSwaps) {
  fs::create_directory(folder_.path("..1"));
  folder_.write("..1/mounted.yaml", "one");
  fs::create_directory_symlink("..1", folder_.path("..data"));
  fs::create_symlink("..data/mounted.yaml", folder_.path("mounted.yaml"));
  FolderWatch watch({folder_.path("mounted.yaml")});
  calm(watch);
  EXPECT_TRUE(watch.complete());
  folder_.write("..1/mounted.yaml", "two");
  EXPECT_TRUE(watch.wait(kLong, {})) << "in place, where the link leads";

  fs::create_directory(folder_.path("..2"));
  folder_.write("..2/mounted.yaml", "three");
  fs::create_directory_symlink("..2", folder_.path("..data_tmp"));
  calm(watch);
  fs::rename(folder_.path("..data_tmp"), folder_.path("..data"));
  EXPECT_TRUE(watch.wait(kLong, {})) << "the swap";
  calm(watch);
  folder_.write("..2/mounted.yaml", "four");
  EXPECT_TRUE(watch.wait(kLong, {})) << "in place, where the link leads now";
}

TEST_F(FolderWatchTest, WhatHappensBetweenTwoWaitsIsNotLost) {
  FolderWatch watch({folder_.path("list.yaml")});
  calm(watch);
  for (int edit = 0; edit < 100; ++edit) folder_.write("list.yaml", std::to_string(edit));
  EXPECT_TRUE(watch.wait(kLong, {}));
  EXPECT_FALSE(watch.wait(0s, {})) << "and a burst is one piece of news";
}

TEST_F(FolderWatchTest, AMissingFolderIsFoundWhenItComes) {
  FolderWatch watch({folder_.path("later/list.yaml")});
  EXPECT_FALSE(watch.wait(0s, {}));
  EXPECT_FALSE(watch.complete());
  EXPECT_EQ(watch.unavailable(), "");
  fs::create_directory(folder_.path("later"));
  folder_.write("later/list.yaml", "one");
  calm(watch);
  EXPECT_TRUE(watch.complete());
  folder_.write("later/list.yaml", "two");
  EXPECT_TRUE(watch.wait(kLong, {}));
}

TEST_F(FolderWatchTest, AFolderThatWasReplacedIsWatchedAgain) {
  fs::create_directory(folder_.path("mount"));
  folder_.write("mount/list.yaml", "one");
  FolderWatch watch({folder_.path("mount/list.yaml")});
  calm(watch);
  fs::remove_all(folder_.path("mount"));
  EXPECT_TRUE(watch.wait(kLong, {}));
  calm(watch);
  EXPECT_FALSE(watch.complete());
  fs::create_directory(folder_.path("mount"));
  folder_.write("mount/list.yaml", "two");
  calm(watch);
  folder_.write("mount/list.yaml", "three");
  EXPECT_TRUE(watch.wait(kLong, {}));
}

TEST_F(FolderWatchTest, KnowsTheWritersOfItsFiles) {
  const std::string path = folder_.path("list.yaml");
  FolderWatch watch({path, folder_.path("settings.yaml")});
  calm(watch);
  EXPECT_EQ(watch.take_writer(path), Writer::Unknown);
  {
    std::ofstream writer(path);
    writer << "half" << std::flush;
    EXPECT_EQ(watch.take_writer(path), Writer::AtWork);
    EXPECT_EQ(watch.take_writer(folder_.path("settings.yaml")), Writer::Unknown);
  }
  EXPECT_EQ(watch.take_writer(path), Writer::Done);
  EXPECT_EQ(watch.take_writer(path), Writer::Unknown);
  EXPECT_TRUE(watch.wait(kLong, {})) << "what take_writer() has seen is news all the same";
  folder_.replace("list.yaml", "two");
  EXPECT_EQ(watch.take_writer(path), Writer::Placed);
}

// A journal or a log in the same folder is written all the time.
TEST_F(FolderWatchTest, OtherFilesThatAreWrittenWakeNobody) {
  std::ofstream other(folder_.path("journal.jsonl"));
  FolderWatch watch({folder_.path("list.yaml")});
  calm(watch);
  other << "line" << std::flush;
  EXPECT_FALSE(watch.wait(0s, {}));
  std::ofstream(folder_.path("list.yaml")) << "two" << std::flush;
  EXPECT_TRUE(watch.wait(kLong, {}));
}

TEST_F(FolderWatchTest, IsWokenByAnotherThread) {
  FolderWatch watch({folder_.path("list.yaml")});
  calm(watch);
  const std::jthread waker([&] { watch.wake(); });
  EXPECT_TRUE(watch.wait(kLong, {}));
  EXPECT_FALSE(watch.wait(0s, {}));
}

TEST_F(FolderWatchTest, AStopEndsTheWait) {
  FolderWatch watch({folder_.path("list.yaml")});
  calm(watch);
  std::stop_source stop;
  std::jthread stopper([&] { stop.request_stop(); });
  EXPECT_FALSE(watch.wait(kLong, stop.get_token()));
  EXPECT_FALSE(watch.wait(kLong, stop.get_token())) << "nor does it begin afterwards";
}

}  // namespace
}  // namespace defenderd
