// A saved state that something else removes or replaces, as people and backups do.

#include <gmock/gmock.h>

#include <filesystem>
#include <thread>

#include "support/eventually.h"
#include "support/fake_clock.h"
#include "telemetry/state_document.h"
#include "telemetry/state_file.h"
#include "telemetry/state_folder.h"
#include "telemetry/state_keeper.h"

namespace defenderd {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

class ReplacedStateTest : public StateFolder {
 protected:
  std::unique_ptr<StateKeeper> keeper() {
    const StateSection word{"word",
                            [this] {
                              return StateSection::Revision{changes_, 0};
                            },
                            [this] { return "\"" + word_ + "\""; },
                            [](std::string_view, WallTime) -> Result<Done> { return Done{}; }};
    return std::make_unique<StateKeeper>(*StateFile::open(path_), clock_, log_, std::vector{word},
                                         StateKeeper::Options{});
  }

  FakeClock clock_;
  std::string word_ = "x";
  std::uint64_t changes_ = 0;
  std::string logged_;
  Logger log_{LogLevel::Info, LogFormat::Text, clock_,
              [this](std::string_view line) { logged_ += std::string(line) + "\n"; }};
};

TEST_F(ReplacedStateTest, WhatSomethingElseHasRemovedOrReplacedIsSavedAgain) {
  const auto it = keeper();
  it->load();
  it->check_store();
  EXPECT_THAT(logged_, Not(HasSubstr("removed or replaced")));
  std::filesystem::copy_file(path_, path_ + ".backup");
  word_ = "y";
  ++changes_;
  it->save_if_changed();
  const auto overwrite = std::filesystem::copy_options::overwrite_existing;
  for (const bool gone : {true, false}) {
    if (gone) std::filesystem::remove(path_);
    if (!gone) std::filesystem::copy_file(path_ + ".backup", path_, overwrite);
    logged_.clear();
    it->check_store();
    EXPECT_EQ(saved_word(), "\"y\"") << gone;
    EXPECT_THAT(logged_, HasSubstr("something else has removed or replaced the saved state; it is "
                                   "saved again"));
  }
  logged_.clear();
  it->check_store();
  EXPECT_EQ(logged_, "");
}

TEST_F(ReplacedStateTest, WhatSomethingElseRemovesIsNoticedWithinAMinute) {
  const auto it = keeper();
  it->load();
  std::filesystem::remove(path_);
  const WallTime start = clock_.wall_now();
  std::stop_source stop;
  const std::jthread thread([&] { it->run(stop.get_token()); });
  EXPECT_TRUE(eventually("it is saved again", [&] { return std::filesystem::exists(path_); }));
  stop.request_stop();
  EXPECT_GE(clock_.wall_now() - start, 20s);
}

}  // namespace
}  // namespace defenderd
