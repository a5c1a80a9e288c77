#include "telemetry/state_file.h"

#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include <functional>
#include <future>
#include <thread>
#include <utility>
#include <vector>

#include "base/slow_call.h"
#include "support/other_users.h"
#include "telemetry/state_folder.h"

namespace defenderd {
namespace {

using testing::HasSubstr;

constexpr uid_t kOther = 54321;  // nobody's

class StateFileTest : public StateFolder {
 protected:
  std::unique_ptr<StateFile> open() {
    auto file = StateFile::open(path_);
    if (!file) throw std::runtime_error(file.error().message);
    return *std::move(file);
  }
};

TEST_F(StateFileTest, IsReplacedAsAWholeForItsOwnerAlone) {
  const auto file = open();
  const auto nothing = file->load();
  ASSERT_TRUE(nothing);
  EXPECT_FALSE(*nothing);
  put(path_ + ".new", "left behind by a crash, and longer than what follows");
  for (const std::string text : {"one", "a second document", ""}) {
    ASSERT_TRUE(file->save(text));
    const auto loaded = file->load();
    ASSERT_TRUE(loaded);
    EXPECT_EQ(*loaded, text);
    EXPECT_FALSE(std::filesystem::exists(path_ + ".new"));
  }
  struct stat status {};
  ASSERT_EQ(stat(path_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
}

TEST_F(StateFileTest, ALinkInItsWayIsNotFollowed) {
  put(folder_ + "/other", "precious");
  std::filesystem::create_symlink(folder_ + "/other", path_ + ".new");
  const auto file = open();
  ASSERT_TRUE(file->save("state"));
  EXPECT_EQ(text_of(folder_ + "/other"), "precious");
  EXPECT_EQ(text_of(path_), "state");
}

TEST_F(StateFileTest, TwoOnOneFileAreRefusedWhileTheFirstLives) {
  auto first = open();
  ASSERT_TRUE(first->save("state"));
  const auto second = StateFile::open(path_);
  ASSERT_FALSE(second);
  EXPECT_THAT(second.error().message, HasSubstr("is in use by another defenderd"));
  EXPECT_EQ(**StateFile::open_to_read(path_)->load(), "state") << "who only looks may";
  first.reset();
  EXPECT_TRUE(StateFile::open(path_));
}

// Whatever prevents the lock: two daemons would replace each other's document.
TEST_F(StateFileTest, ALockOfAnotherKindIsABadStart) {
  namespace fs = std::filesystem;
  const std::string lock = path_ + ".lock";
  const std::vector<std::pair<std::string, std::function<void()>>> kinds{
      {"a folder", [&] { fs::create_directory(lock); }},
      {"a link to nothing", [&] { fs::create_symlink(folder_ + "/nowhere", lock); }},
      {"a link to a file", [&] { fs::create_symlink("/etc/hostname", lock); }},
      {"a named pipe", [&] { ASSERT_EQ(mkfifo(lock.c_str(), 0600), 0); }}};
  for (const auto& [kind, make] : kinds) {
    make();
    const auto file = StateFile::open(path_);
    ASSERT_FALSE(file) << kind;
    EXPECT_EQ(file.error().message, "cannot lock the state file " + path_ + ": " + lock +
                                        " is not a regular file; delete it, and let defenderd "
                                        "create it");
    fs::remove(lock);
  }
  EXPECT_TRUE(StateFile::open(path_));
}

TEST_F(StateFileTest, NothingIsSavedWithoutTheLock) {
  if (geteuid() != 0) GTEST_SKIP() << "root writes to any folder";
  namespace fs = std::filesystem;
  fs::create_directory(folder_ + "/elsewhere");
  ASSERT_EQ(chown((folder_ + "/elsewhere").c_str(), kOther, kOther), 0);
  fs::create_symlink("elsewhere/state", path_);
  fs::permissions(folder_, fs::perms(0755));
  if (seteuid(kOther) != 0) throw std::runtime_error("cannot become another user");
  const auto first = open();
  const auto second = open();
  const auto saved = first->save("first");
  if (seteuid(0) != 0) throw std::runtime_error("cannot become root");
  ASSERT_FALSE(saved) << "in the folder of the link there is no lock";
  EXPECT_THAT(saved.error().message,
              HasSubstr("cannot lock the state file " + path_ + ": Permission denied"));
  EXPECT_TRUE(first->save("first")) << "now it can be taken";
  const auto other = second->save("second");
  ASSERT_FALSE(other);
  EXPECT_THAT(other.error().message, HasSubstr("is in use by another defenderd"));
  EXPECT_EQ(**first->load(), "first");
}

TEST_F(StateFileTest, AFolderThatIsNotThereOrAFileOfAnotherKindIsABadStart) {
  const auto nowhere = StateFile::open(folder_ + "/no/state.json");
  ASSERT_FALSE(nowhere);
  EXPECT_THAT(nowhere.error().message, HasSubstr("in an existing folder"));
  std::filesystem::create_directory(path_);
  const auto folder = StateFile::open(path_);
  ASSERT_FALSE(folder);
  EXPECT_THAT(folder.error().message, HasSubstr("not a regular file"));
}

TEST_F(StateFileTest, AFailedSaveLeavesTheOldOne) {
  const auto file = open();
  ASSERT_TRUE(file->save("old"));
  std::filesystem::create_directory(path_ + ".new");  // what cannot be removed like a file
  put(path_ + ".new/x", "");
  const auto failed = file->save("new");
  ASSERT_FALSE(failed);
  EXPECT_THAT(failed.error().message, HasSubstr("cannot write the state file " + path_));
  EXPECT_EQ(**file->load(), "old");
  std::filesystem::remove_all(path_ + ".new");
  EXPECT_TRUE(file->save("new"));
  EXPECT_FALSE(file->save(std::string(kMaxStateBytes + 1, 'x'))) << "bounded";
  EXPECT_EQ(**file->load(), "new");
}

TEST_F(StateFileTest, WhatIsTooLargeIsNotRead) {
  const auto file = open();
  put(path_, "");
  std::filesystem::resize_file(path_, kMaxStateBytes + 1);
  EXPECT_FALSE(file->load());
}

// A command that is run once as root must not take the daemon's files away from it.
TEST_F(StateFileTest, RootKeepsTheOwner) {
  if (!can_be_another_user()) GTEST_SKIP() << "only root can give files away";
  const auto owner_of = [](const std::string& path) {
    struct stat status {};
    return stat(path.c_str(), &status) == 0 ? status.st_uid : 0;
  };
  ASSERT_EQ(chown(folder_.c_str(), kOther, kOther), 0);
  const auto file = open();
  EXPECT_EQ(owner_of(path_ + ".lock"), kOther);
  ASSERT_TRUE(file->save("first"));
  EXPECT_EQ(owner_of(path_), kOther) << "of its folder";
  ASSERT_EQ(chown(path_.c_str(), kOther + 1, kOther), 0);
  ASSERT_TRUE(file->save("second"));
  EXPECT_EQ(owner_of(path_), kOther + 1) << "of the old one";
}

TEST_F(StateFileTest, OneOfAnotherUserIsABadStartAndStays) {
  if (!can_be_another_user()) GTEST_SKIP() << "only root can become another user";
  ASSERT_TRUE(open()->save("freezes"));
  ASSERT_EQ(chown(folder_.c_str(), kOther, kOther), 0);
  const auto open_as_other = [&] {
    if (seteuid(kOther) != 0) throw std::runtime_error("cannot become another user");
    auto opened = StateFile::open(path_);
    if (seteuid(0) != 0) throw std::runtime_error("cannot become root");
    return opened ? std::string("opened") : opened.error().message;
  };
  const std::string user = "uid " + std::to_string(kOther);
  EXPECT_EQ(open_as_other(), "cannot read the state file " + path_ +
                                 ": Permission denied; it belongs to root (mode 0600), and "
                                 "defenderd runs as " +
                                 user + ": chown " + std::to_string(kOther) + " " + path_);
  EXPECT_EQ(text_of(path_), "freezes");
  ASSERT_EQ(chown(path_.c_str(), kOther, kOther), 0);
  EXPECT_THAT(open_as_other(), HasSubstr("state.json.lock: Permission denied; it belongs to root"));
  ASSERT_EQ(chown((path_ + ".lock").c_str(), kOther, kOther), 0);
  EXPECT_EQ(open_as_other(), "opened");
}

TEST_F(StateFileTest, ADamagedOneIsKeptAside) {
  const auto file = open();
  put(path_, "damaged");
  const auto aside = file->set_aside();
  ASSERT_TRUE(aside);
  EXPECT_EQ(*aside, path_ + ".damaged");
  EXPECT_EQ(text_of(*aside), "damaged");
  EXPECT_FALSE(*file->load());
  EXPECT_FALSE(file->set_aside()) << "there is none";
}

TEST_F(StateFileTest, EarlierDamagedOnesAreKept) {
  const auto file = open();
  for (int i = 0; i < 7; ++i) {
    put(path_, "damaged " + std::to_string(i));
    ASSERT_TRUE(file->set_aside()) << i;
  }
  EXPECT_EQ(text_of(path_ + ".damaged"), "damaged 0");
  EXPECT_EQ(text_of(path_ + ".damaged.1"), "damaged 1");
  EXPECT_EQ(text_of(path_ + ".damaged.3"), "damaged 3");
  EXPECT_EQ(text_of(path_ + ".damaged.4"), "damaged 6") << "bounded";
  EXPECT_FALSE(std::filesystem::exists(path_ + ".damaged.5"));
}

TEST_F(StateFileTest, ALinkStaysAndTheFileThatItLeadsToIsReplaced) {
  namespace fs = std::filesystem;
  fs::create_directory(folder_ + "/elsewhere");
  fs::create_symlink("elsewhere/link", path_);  // relative, to a link, to no file yet
  fs::create_symlink(folder_ + "/elsewhere/state", folder_ + "/elsewhere/link");
  const auto file = open();
  for (const std::string text : {"one", "two"}) {
    ASSERT_TRUE(file->save(text));
    EXPECT_TRUE(fs::is_symlink(path_));
    EXPECT_EQ(text_of(folder_ + "/elsewhere/state"), text);
    EXPECT_EQ(**file->load(), text);
  }
  const auto aside = file->set_aside();
  ASSERT_TRUE(aside);
  EXPECT_EQ(*aside, folder_ + "/elsewhere/state.damaged");
  EXPECT_TRUE(fs::is_symlink(path_));
  EXPECT_FALSE(*file->load());
}

// As a dead network file system does it: a call about the path has not returned.
TEST_F(StateFileTest, WhileItsDiskDoesNotAnswerEachCallFailsAtOnce) {
  const auto file = open();
  ASSERT_TRUE(file->save("old"));
  std::promise<void> revived;
  ASSERT_TRUE(run_within(std::chrono::milliseconds(1), path_,
                         [gate = revived.get_future().share()] { gate.wait(); }));
  const std::string problem = "the state file " + path_ + " does not answer";
  for (int i = 0; i < 3; ++i) {
    const auto saved = file->save("new");
    ASSERT_FALSE(saved);
    EXPECT_THAT(saved.error().message, HasSubstr(problem));
  }
  EXPECT_THAT(file->load().error().message, HasSubstr(problem));
  EXPECT_THAT(file->set_aside().error().message, HasSubstr(problem));
  EXPECT_THAT(StateFile::open(path_).error().message, HasSubstr(problem));
  EXPECT_EQ(text_of(path_), "old");
  revived.set_value();
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (!file->save("new") && std::chrono::steady_clock::now() < end) std::this_thread::yield();
  EXPECT_EQ(text_of(path_), "new");
  EXPECT_EQ(text_of(path_ + ".damaged"), "old") << "which was never read";
  ASSERT_TRUE(file->save("newer"));
  EXPECT_FALSE(std::filesystem::exists(path_ + ".damaged.1"));
}

}  // namespace
}  // namespace defenderd
