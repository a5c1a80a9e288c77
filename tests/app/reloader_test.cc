#include "app/reloader.h"

#include <atomic>
#include <stdexcept>
#include <thread>

#include "app/edited_files.h"
#include "app/recorded.h"
#include "support/eventually.h"

namespace defenderd {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::Optional;
using testing::SizeIs;

class ReloaderTest : public Recorded {
 protected:
  // Reads the files until an edit has come to rest.
  void rest() {
    for (int look = 0; look < 60; ++look) {
      reloader_.step();
      clock_.advance(std::chrono::seconds(1));
    }
  }
  Reloader::Appliers appliers() {
    Reloader::Appliers appliers;
    appliers.settings = {[this](const Settings& settings) {
                           applied_.push_back("first " + std::to_string(settings.poll.workers));
                         },
                         [this](const Settings& settings) {
                           applied_.push_back("second " + std::to_string(settings.poll.workers));
                         }};
    appliers.desired = [this](const DesiredState& desired) {
      applied_.push_back("desired " + std::to_string(desired.subscriptions.size()));
      if (throws_) throw std::runtime_error("no memory");
      if (on_desired_) on_desired_();
    };
    appliers.early_freezes = [this](const std::vector<Freeze>& freezes) {
      early_.clear();
      for (const Freeze& freeze : freezes) early_.push_back(freeze.reason);
    };
    appliers.reloading = [this] { applied_.emplace_back("reloading"); };
    appliers.reloaded = [this] { applied_.emplace_back("reloaded"); };
    return appliers;
  }

  EditedFiles files_;
  LoadedFiles at_start_{files_, clock_};
  std::vector<std::string> applied_;
  std::vector<std::string> early_;  // freezes
  std::function<void()> on_desired_ = {};
  std::atomic<bool> throws_ = false;
  Reloader reloader_{std::move(at_start_.config),
                     at_start_.loaded,
                     at_start_.loaded.settings,
                     files_.paths(),
                     appliers(),
                     metrics_,
                     clock_,
                     log_};
};

TEST_F(ReloaderTest, WhatIsLoadedAtStartIsInForce) {
  rest();
  EXPECT_THAT(applied_, IsEmpty());
  EXPECT_THAT(logged_, IsEmpty());
  const Reloader::InForce files = reloader_.in_force();
  EXPECT_EQ(files.settings_hash, at_start_.loaded.settings.hash);
  EXPECT_EQ(files.desired_hash, at_start_.loaded.desired.hash);
  EXPECT_EQ(files.poll_interval, Duration(std::chrono::minutes(5)));
  EXPECT_EQ(reloader_.problems(), "");
  EXPECT_EQ(metric("config_last_reload_successful"), "1");
  EXPECT_EQ(metric("poll_interval_seconds"), "300");
  EXPECT_EQ(metric("findings_interval_seconds"), "21600");
}

TEST_F(ReloaderTest, ASignalIsAnsweredOnceTheFilesWereRead) {
  reloader_.poll_soon();
  EXPECT_THAT(applied_, ElementsAre("reloading"));
  rest();
  EXPECT_THAT(applied_, ElementsAre("reloading", "reloaded"))
      << "once, although nothing has changed";
  applied_.clear();
  files_.settings("poll: {workers: 3}\n");
  reloader_.poll_soon();
  rest();
  EXPECT_THAT(applied_, ElementsAre("reloading", "first 3", "second 3", "reloaded"));
}

TEST_F(ReloaderTest, SettingsGoToEachApplierInOrder) {
  files_.settings("poll: {workers: 3, interval: 7m}\nfindings: {interval: 2h}\n");
  rest();
  EXPECT_EQ(metric("poll_interval_seconds"), "420");
  EXPECT_EQ(metric("findings_interval_seconds"), "7200");
  EXPECT_THAT(applied_, ElementsAre("first 3", "second 3"));
  EXPECT_NE(reloader_.in_force().settings_hash, at_start_.loaded.settings.hash);
  EXPECT_EQ(reloader_.in_force().poll_interval, Duration(std::chrono::minutes(7)));
  EXPECT_GT(reloader_.in_force().since, WallTime());
  EXPECT_THAT(logged_, ElementsAre(AllOf(HasSubstr("restart_needed"), HasSubstr("poll.workers")),
                                   HasSubstr("the settings were reloaded")));
}

TEST_F(ReloaderTest, AnEditThatIsRefusedIsAProblemUntilTheNextOne) {
  LoadedFiles loaded(files_, clock_);
  loaded.loaded.refused = "config.yaml: it cannot work";
  Reloader reloader(std::move(loaded.config), loaded.loaded, loaded.loaded.settings, files_.paths(),
                    appliers(), metrics_, clock_, log_);
  const auto rest = [&] {
    for (int look = 0; look < 60; ++look) {
      reloader.step();
      clock_.advance(std::chrono::seconds(1));
    }
  };
  EXPECT_EQ(metric("config_last_reload_successful"), "0");
  EXPECT_EQ(reloader.problems(), "config.yaml: it cannot work");
  files_.desired(3);
  rest();
  EXPECT_EQ(reloader.refused(), "config.yaml: it cannot work");
  EXPECT_EQ(metric("config_last_reload_successful"), "0");
  EXPECT_TRUE(reloader.in_force().bad_since);
  files_.settings("poll: {interval: 7m}\n");
  rest();
  EXPECT_EQ(reloader.problems(), "");
  EXPECT_EQ(metric("config_last_reload_successful"), "1");
}

TEST_F(ReloaderTest, ASettingThatNeedsARestartIsNamedOnce) {
  files_.settings("server: {listen: ':1'}\nlog: {format: text}\n");
  rest();
  EXPECT_THAT(logged_, ElementsAre(AllOf(HasSubstr(R"("level":"warn")"),
                                         HasSubstr("to apply server.listen, log.format\"")),
                                   HasSubstr("the settings were reloaded")));
  logged_.clear();
  files_.settings("server: {listen: ':1'}\nlog: {format: text}\npoll: {interval: 7m}\n");
  rest();
  EXPECT_THAT(logged_, ElementsAre(HasSubstr("the settings were reloaded")));
  EXPECT_THAT(reloader_.in_force().restart_needed, ElementsAre("server.listen", "log.format"));
}

TEST_F(ReloaderTest, NoRestartIsNeededOnceTheSettingsAreThoseOfTheStart) {
  files_.settings("server: {listen: ':1'}\nlog: {format: text}\n");
  rest();
  files_.settings("log: {format: text}\n");
  rest();
  EXPECT_THAT(reloader_.in_force().restart_needed, ElementsAre("log.format"));
  logged_.clear();
  files_.settings("log: {format: json}\n");
  rest();
  EXPECT_THAT(reloader_.in_force().restart_needed, IsEmpty());
  EXPECT_THAT(logged_, ElementsAre(AllOf(HasSubstr(R"("level":"info")"),
                                         HasSubstr("no restart is needed any more")),
                                   HasSubstr("the settings were reloaded")));
}

// After a hand-over, the process listens where it did.
TEST_F(ReloaderTest, WhatTheFilesSayAtTheStartMayNotBeInForce) {
  files_.settings("server: {listen: ':1'}\n");
  LoadedFiles edited(files_, clock_);
  Reloader reloader(std::move(edited.config), edited.loaded, at_start_.loaded.settings,
                    files_.paths(), appliers(), metrics_, clock_, log_);
  EXPECT_THAT(reloader.in_force().restart_needed, ElementsAre("server.listen"));
  EXPECT_THAT(logged_, IsEmpty()) << "the edit was logged before the hand-over";
  files_.settings("");
  for (int look = 0; look < 60; ++look) {
    reloader.step();
    clock_.advance(std::chrono::seconds(1));
  }
  EXPECT_THAT(reloader.in_force().restart_needed, IsEmpty());
  EXPECT_THAT(logged_, Contains(HasSubstr("no restart is needed any more")));
}

TEST_F(ReloaderTest, ADesiredStateIsAppliedBeforeItIsShown) {
  on_desired_ = [this] {
    EXPECT_EQ(reloader_.in_force().desired_hash, at_start_.loaded.desired.hash);
  };
  files_.desired(3);
  rest();
  EXPECT_THAT(applied_, ElementsAre("desired 3"));
  EXPECT_NE(reloader_.in_force().desired_hash, at_start_.loaded.desired.hash);
  EXPECT_THAT(logged_, ElementsAre(HasSubstr("reloaded: 3 subscriptions")));
}

TEST_F(ReloaderTest, ABadEditLeavesTheLastGoodOneInForce) {
  files_.desired_text("subscriptions: 7\n");
  rest();
  EXPECT_THAT(applied_, IsEmpty());
  EXPECT_EQ(reloader_.in_force().desired_hash, at_start_.loaded.desired.hash);
  EXPECT_THAT(reloader_.problems(), HasSubstr("desired.yaml:1"));
  const auto bad_since = reloader_.in_force().bad_since;
  ASSERT_TRUE(bad_since);
  EXPECT_LT(*bad_since, clock_.wall_now());
  EXPECT_THAT(logged_,
              AllOf(Not(IsEmpty()), Each(AllOf(HasSubstr("reload_failed"),
                                               HasSubstr("the last good file stays in force")))));
  EXPECT_EQ(metric("config_last_reload_successful"), "0");
  files_.desired_text("subscriptions: 8\n");
  rest();
  EXPECT_EQ(reloader_.in_force().bad_since, bad_since) << "a second bad edit does not restart it";
  files_.desired(2);
  rest();
  EXPECT_EQ(reloader_.problems(), "");
  EXPECT_EQ(reloader_.in_force().bad_since, std::nullopt);
  EXPECT_EQ(metric("config_last_reload_successful"), "1");
}

TEST_F(ReloaderTest, AFreezeOfSettingsThatWaitIsPassedOnAtOnce) {
  files_.settings("poll: {workers: 3}\nsafety: {freeze: [{reason: incident}]}");  // no line end
  reloader_.step();
  EXPECT_THAT(early_, ElementsAre("incident"));
  EXPECT_THAT(applied_, IsEmpty()) << "the rest waits";
  rest();
  EXPECT_THAT(applied_, ElementsAre("first 3", "second 3"));
  EXPECT_THAT(early_, IsEmpty()) << "the settings in force have it";
}

TEST_F(ReloaderTest, UnfinishedSettingsAddFreezesAndRemoveNone) {
  files_.settings("safety: {freeze: [{reason: old}]}\n");
  rest();
  const auto write = [this](const std::string& text) {
    files_.settings(text);
    reloader_.step();
    clock_.advance(kRestAfterClose);
    reloader_.step();
  };
  write("safety: {freeze: [{reason: new}]}");
  EXPECT_THAT(early_, ElementsAre("new")) << "the old one is in force until the edit is";
  write("# moved down\nsafety: {freeze: [{reason: old}, {reason: newer}]}");
  EXPECT_THAT(early_, ElementsAre("new", "newer")) << "each stays until something is at rest";
  write("poll: [");
  EXPECT_THAT(early_, ElementsAre("new", "newer"));
  rest();
  EXPECT_THAT(reloader_.problems(), HasSubstr("config.yaml"));
  EXPECT_THAT(early_, ElementsAre("new", "newer")) << "a rejected file ends none";
  write("safety: {freeze: [{reason: old}]}\n");
  rest();
  EXPECT_THAT(early_, IsEmpty());
  write("safety: {freeze: [{reason: old}, {reason: new}]}");
  EXPECT_THAT(early_, ElementsAre("new"));
  write("safety: {freeze: [{reason: old}]}\n");
  EXPECT_THAT(early_, IsEmpty()) << "the edit was reverted";
}

TEST_F(ReloaderTest, WhatWasLoadedUnfinishedWaitsAndThenReplacesNothing) {
  files_.desired(4);
  rest();
  const std::vector<FileMark> earlier = reloader_.marks().files;
  EXPECT_EQ(reloader_.awaits_desired(), std::nullopt);
  files_.desired(2);
  LoadedFiles next(files_, clock_);
  applied_.clear();
  Reloader restarted(std::move(next.config), next.loaded, next.loaded.settings, files_.paths(),
                     appliers(), metrics_, clock_, log_);
  restarted.recall(earlier);
  EXPECT_THAT(restarted.awaits_desired(), Optional(HasSubstr("no desired state is in force yet")));
  EXPECT_EQ(restarted.in_force().desired_hash, "");
  EXPECT_EQ(restarted.marks().files, earlier);
  for (int look = 0; look < 9; ++look) {
    restarted.step();
    EXPECT_THAT(restarted.awaits_desired(), Optional(HasSubstr("before the restart is missing")));
    clock_.advance(std::chrono::seconds(1));
  }
  EXPECT_THAT(applied_, IsEmpty());
  logged_.clear();
  for (int look = 0; look < 3; ++look) {
    restarted.step();
    clock_.advance(std::chrono::seconds(1));
  }
  EXPECT_THAT(applied_, ElementsAre("desired 2"));
  EXPECT_EQ(restarted.awaits_desired(), std::nullopt);
  EXPECT_EQ(restarted.in_force().desired_hash, next.loaded.desired.hash);
  EXPECT_THAT(logged_, Contains(AllOf(HasSubstr("odd_file"), HasSubstr("before the restart"))));
}

// The applier holds on to the thread that reads: what others ask for is answered all the same.
TEST_F(ReloaderTest, TheStatusCanBeReadWhileAnEditTakesEffect) {
  on_desired_ = [this] {
    std::jthread reader([this] {
      EXPECT_EQ(reloader_.in_force().desired_hash, at_start_.loaded.desired.hash);
      EXPECT_EQ(reloader_.problems(), "");
    });
  };
  files_.desired(3);
  rest();
  EXPECT_THAT(applied_, SizeIs(1));
}

class WatchingReloaderTest : public ReloaderTest {
 protected:
  std::jthread watcher_{[this](const std::stop_token& stop) { reloader_.watch(stop); }};
};

TEST_F(WatchingReloaderTest, AReloadWaitsUntilTheEditIsInForce) {
  files_.desired(3);
  const ReloadAnswer answer = reloader_.reload();
  EXPECT_EQ(answer.kind, ReloadAnswer::Kind::Done) << answer.message;
  EXPECT_NE(reloader_.in_force().desired_hash, at_start_.loaded.desired.hash);
}

TEST_F(WatchingReloaderTest, AReloadNamesWhatOnlyARestartApplies) {
  files_.settings("azure: {timeouts: {request: 2m}, registerProvider: on}\n");
  const ReloadAnswer answer = reloader_.reload();
  EXPECT_EQ(answer.kind, ReloadAnswer::Kind::Done);
  EXPECT_EQ(answer.message, "restart defenderd to apply azure.timeouts.request");
}

TEST_F(WatchingReloaderTest, AReloadOfABadEditSaysWhatIsWrong) {
  files_.desired_text("subscriptions: 7\n");
  const ReloadAnswer answer = reloader_.reload();
  EXPECT_EQ(answer.kind, ReloadAnswer::Kind::Refused);
  EXPECT_THAT(answer.message, HasSubstr("desired.yaml:1"));
}

TEST_F(WatchingReloaderTest, AnApplierThatThrowsEndsNothing) {
  throws_ = true;
  files_.desired(3);
  const ReloadAnswer answer = reloader_.reload();
  EXPECT_EQ(answer.kind, ReloadAnswer::Kind::Refused);
  EXPECT_THAT(answer.message, HasSubstr("did not take effect, please report it: no memory"));
  EXPECT_EQ(reloader_.in_force().desired_hash, at_start_.loaded.desired.hash);
  throws_ = false;
  files_.desired(4);
  EXPECT_EQ(reloader_.reload().kind, ReloadAnswer::Kind::Done);
  EXPECT_EQ(reloader_.problems(), "");
}

TEST_F(WatchingReloaderTest, AfterTheEndNobodyWaitsForALook) {
  watcher_.request_stop();
  watcher_.join();
  EXPECT_EQ(reloader_.reload().kind, ReloadAnswer::Kind::Waiting);
}

// Certificates and users, for example.
TEST_F(ReloaderTest, OtherFilesAreReadEverySecond) {
  const SystemClock system;
  LoadedFiles loaded(files_, clock_);
  Reloader::Appliers appliers;
  std::atomic<int> polled = 0;
  appliers.polled = [&polled] { ++polled; };
  Reloader reloader(std::move(loaded.config), loaded.loaded, loaded.loaded.settings, files_.paths(),
                    std::move(appliers), metrics_, clock_, log_);
  const SteadyTime start = system.steady_now();
  {
    const std::jthread watching([&](const std::stop_token& stop) { reloader.watch(stop); });
    EXPECT_TRUE(eventually("they were read four times", [&] { return polled >= 4; }));
  }
  EXPECT_LT(system.steady_now() - start, std::chrono::seconds(9));
}

}  // namespace
}  // namespace defenderd
