// However a file is replaced, the edit takes effect, and no other subscription is affected.

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <functional>

#include "e2e/world.h"

namespace defenderd {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

void write_in_place(const fs::path& file, const std::string& text) {
  std::ofstream(file, std::ios::binary | std::ios::trunc) << text;
}

void rename_into_place(const fs::path& file, const std::string& text) {
  const fs::path beside = file.string() + "~";
  write_in_place(beside, text);
  fs::rename(beside, file);
}

// As kubelet mounts a ConfigMap: the file is a link through `..data`, which is a link to a folder
// that is new with each edit.
void swap_links(const fs::path& file, const std::string& text) {
  const fs::path folder = file.parent_path();
  static int generation = 0;
  const fs::path name = "..generation-" + std::to_string(++generation);
  fs::create_directory(folder / name);
  write_in_place(folder / name / file.filename(), text);
  fs::create_directory_symlink(name, folder / "..data_tmp");
  const fs::path before =
      fs::is_symlink(folder / "..data") ? fs::read_symlink(folder / "..data") : fs::path();
  fs::rename(folder / "..data_tmp", folder / "..data");
  if (!fs::is_symlink(file)) {
    fs::remove(file);
    fs::create_symlink(fs::path("..data") / file.filename(), file);
  }
  if (!before.empty()) fs::remove_all(folder / before);
}

void delete_and_create(const fs::path& file, const std::string& text) {
  fs::remove(file);
  write_in_place(file, text);
}

struct Way {
  const char* name;
  std::function<void(const fs::path&, const std::string&)> replace;
};

void PrintTo(const Way& way, std::ostream* out) { *out << way.name; }

class EditTest : public World {
 protected:
  EditTest() {
    azure_.add(subscription(1, true));
    azure_.add(subscription(2, false));
    fs::create_directory(path("mounted"));
  }
  [[nodiscard]] fs::path file() const { return path("mounted/desired.yaml"); }
  void start(const std::function<void(const fs::path&, const std::string&)>& create) {
    create(file(), first());
    daemon_ = std::make_unique<DaemonProcess>(
        std::vector<std::string>{"run", "--config", path("settings.yaml"), "--desired", file()},
        credentials());
    ASSERT_TRUE(daemon_->wait_metric("defenderd_subscriptions{state=\"in_sync\"} 1"))
        << daemon_->output();
    reads_ = azure_.counters(id(1)).reads;
  }
  static std::string first() { return desired({"id: " + id(1) + ", name: first, plan: on"}); }
  // The second one comes, the first one keeps its declaration.
  static std::string both() {
    return desired(
        {"id: " + id(2) + ", name: second, plan: on", "id: " + id(1) + ", name: first, plan: on"});
  }
  void expect_only_the_second_was_touched() {
    EXPECT_TRUE(azure_.wait_for([&] { return azure_.plan(id(2)).on; })) << daemon_->output();
    EXPECT_EQ(azure_.counters(id(1)).reads, reads_);
    EXPECT_EQ(azure_.counters(id(1)).writes, 0U);
  }

  std::unique_ptr<DaemonProcess> daemon_;
  std::uint64_t reads_ = 0;
};

class EveryWayTest : public EditTest, public testing::WithParamInterface<Way> {};

TEST_P(EveryWayTest, ActsAndTouchesNobodyElse) {
  start(GetParam().replace);
  GetParam().replace(file(), both());
  expect_only_the_second_was_touched();
}

TEST_P(EveryWayTest, ABadEditInBetweenChangesNothing) {
  start(GetParam().replace);
  GetParam().replace(file(),
                     "apiVersion: defenderd/v1\nkind: DesiredState\nsubscriptions: [{id: \n");
  ASSERT_TRUE(daemon_->wait_metric("defenderd_config_last_reload_successful 0"))
      << daemon_->output();
  EXPECT_EQ(daemon_->get("/readyz").status, 200);
  GetParam().replace(file(), both());
  expect_only_the_second_was_touched();
  EXPECT_TRUE(daemon_->wait_metric("defenderd_config_last_reload_successful 1"))
      << daemon_->output();
}

INSTANTIATE_TEST_SUITE_P(Edits, EveryWayTest,
                         testing::Values(Way{"InPlace", write_in_place},
                                         Way{"Renamed", rename_into_place},
                                         Way{"LinksSwapped", swap_links},
                                         Way{"DeletedAndCreated", delete_and_create}),
                         [](const auto& it) { return std::string(it.param.name); });

TEST_F(EditTest, AFileThatIsGoneSwitchesNothingOffAndActsWhenItIsBack) {
  start(write_in_place);
  fs::remove(file());
  ASSERT_TRUE(daemon_->wait_metric("defenderd_config_last_reload_successful 0"))
      << daemon_->output();
  EXPECT_TRUE(daemon_->wait_output("the last good file stays in force")) << daemon_->output();
  EXPECT_TRUE(daemon_->wait_metric("defenderd_subscriptions{state=\"in_sync\"} 1"));
  EXPECT_TRUE(azure_.plan(id(1)).on);
  write_in_place(file(), both());
  expect_only_the_second_was_touched();
}

TEST_F(EditTest, AHundredEditsInABurstEndWithTheLast) {
  start(rename_into_place);
  for (int edit = 0; edit < 100; ++edit) {
    rename_into_place(file(), first() + "# edit " + std::to_string(edit) + "\n");
  }
  rename_into_place(file(), both());
  expect_only_the_second_was_touched();
}

TEST_F(EditTest, AReloadThatIsAskedForIsInForceWhenItIsAnswered) {
  start(write_in_place);
  write_in_place(file(), both());
  const auto answer = daemon_->post("/-/reload");
  EXPECT_EQ(answer.status, 200) << answer.body;
  EXPECT_THAT(daemon_->get("/api/v1/subscriptions").body, HasSubstr(id(2)));
  expect_only_the_second_was_touched();
}

TEST_F(EditTest, SighupReloadsAndDoesNotEndIt) {
  start(write_in_place);
  write_in_place(file(), both());
  daemon_->signal(SIGHUP);
  expect_only_the_second_was_touched();
  daemon_->signal(SIGTERM);
  EXPECT_EQ(daemon_->wait_exit(), 0);
}

TEST_F(EditTest, TheLogLevelFollowsTheSettings) {
  start(write_in_place);
  std::string text = settings();
  text.replace(text.find("level: info"), 11, "level: debug");
  write("settings.yaml", text);
  ASSERT_TRUE(daemon_->wait_output("the settings were reloaded")) << daemon_->output();
  ASSERT_EQ(daemon_->post("/-/reconcile").status, 202);
  EXPECT_TRUE(daemon_->wait_output(" DEBUG ")) << daemon_->output();
}

TEST_F(EditTest, WhatCannotChangeLiveIsNamed) {
  start(write_in_place);
  std::string text = settings();
  text.replace(text.find("format: text"), 12, "format: json");
  write("settings.yaml", text);
  EXPECT_TRUE(daemon_->wait_output("restart defenderd to apply log.format")) << daemon_->output();
}

}  // namespace
}  // namespace defenderd
