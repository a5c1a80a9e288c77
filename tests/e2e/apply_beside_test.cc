// `defenderd apply` beside a daemon that holds the journal and the state.

#include <gmock/gmock.h>

#include "e2e/apply_world.h"

namespace defenderd {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

// A daemon that keeps the fleet and holds the journal; `apply` has settings that say where it
// listens.
class ApplyBesideTest : public ApplyTest {
 protected:
  void start(unsigned count) {
    std::vector<std::string> entries;
    for (unsigned n = 1; n <= count; ++n) {
      azure_.add(subscription(n, true));
      entries.push_back("id: " + id(n) + ", name: sub-" + std::to_string(n) + ", plan: on");
    }
    write("desired.yaml", desired(entries));
    write("settings.yaml", settings("journal: {file: " + path("journal.jsonl") + "}\n"));
    daemon_ = run();
    ASSERT_TRUE(
        daemon_->wait_metric("defenderd_subscriptions{state=\"in_sync\"} " + std::to_string(count)))
        << daemon_->output();
    std::string own = settings("journal: {file: " + path("journal.jsonl") + "}\n");
    replace_all(own, "127.0.0.1:0", "127.0.0.1:" + std::to_string(daemon_->port()));
    write("settings.yaml", own);
  }
  void switch_off(unsigned n) {
    azure_.update(id(n), [](armsim::Subscription& it) { it.plan = {}; });
  }

  std::unique_ptr<DaemonProcess> daemon_;
};

TEST_F(ApplyBesideTest, TheDaemonIsAskedToDoTheWork) {
  start(3);
  switch_off(1);
  switch_off(2);
  const Ended ended = end({"--yes", "--only", "sub-1"});
  EXPECT_EQ(ended.code, 0) << ended.output;
  EXPECT_THAT(ended.output,
              AllOf(HasSubstr("Plan: 1 subscription to change (on 1), 0 in sync, 2 not selected\n"),
                    HasSubstr("asked the running defenderd at http://127.0.0.1:" +
                              std::to_string(daemon_->port()) + " to reconcile 1 subscription"),
                    HasSubstr("Plan: 0 subscriptions to change, 1 in sync, 2 not selected\n")));
  EXPECT_TRUE(azure_.plan(id(1)).on);
  EXPECT_FALSE(azure_.plan(id(2)).on) << "it was not selected";
  EXPECT_EQ(end({"--yes"}).code, 0) << "without a selection, all are reconciled";
  EXPECT_TRUE(azure_.plan(id(2)).on);
}

TEST_F(ApplyBesideTest, ANoAsksTheDaemonForNothing) {
  start(1);
  switch_off(1);
  EXPECT_EQ(at_terminal({}, "n\n").code, 1);
  EXPECT_FALSE(azure_.plan(id(1)).on);
}

TEST_F(ApplyBesideTest, WhatItCannotDoItSaysBeforeItReadsAnything) {
  start(1);
  switch_off(1);
  std::string own = settings("journal: {file: " + path("journal.jsonl") + "}\n");
  replace_all(own, "lifecycle: true", "lifecycle: false");
  write("closed.yaml", own);
  const Ended closed = end({"--yes", "--config", path("closed.yaml")});
  EXPECT_EQ(closed.code, 2) << closed.output;
  EXPECT_THAT(closed.output, HasSubstr("set `lifecycle: on` under `server:` in "));
  EXPECT_THAT(closed.output, Not(HasSubstr("Plan:")));
}

TEST_F(ApplyBesideTest, ACodeIsComparedWithWhatIsHeldAndTheDaemonConfirmsIt) {
  start(10);
  const Ended nothing = end({"--yes", "--confirm", "3f2a91bc"});
  EXPECT_EQ(nothing.code, 2) << nothing.output;
  EXPECT_THAT(nothing.output, HasSubstr("no changes are held now"));
  std::vector<std::string> entries;
  for (unsigned n = 1; n <= 10; ++n)
    entries.push_back("id: " + id(n) + ", name: sub-" + std::to_string(n) + ", plan: off");
  write("desired.yaml", desired(entries));
  ASSERT_TRUE(daemon_->wait_metric("defenderd_subscriptions_by_reason{reason=\"DisableBrake\"} 10"))
      << daemon_->output();
  const std::string diff = end({"--dry-run"}).output;
  std::smatch match;
  ASSERT_TRUE(std::regex_search(
      diff, match,
      std::regex("To confirm the held changes: write `confirm: ([0-9a-f]{8})` under `safety:` in " +
                 path("settings.yaml") + "\n")))
      << diff;
  const std::string code = match[1];
  const std::string advice =
      "write `confirm: " + code + "` under `safety:` in " + path("settings.yaml");
  for (const std::string& given : {code, std::string("3f2a91bc")}) {
    const Ended ended = end({"--yes", "--confirm", given});
    EXPECT_EQ(ended.code, 2) << ended.output;
    EXPECT_THAT(ended.output,
                AllOf(HasSubstr("the journal " + path("journal.jsonl") + " is in use by another"),
                      HasSubstr(advice)));
    EXPECT_EQ(ended.output.find("is for other changes") != std::string::npos, given != code)
        << ended.output;
  }
  EXPECT_EQ(on(10), 10U);
}

TEST_F(ApplyBesideTest, WhatTheDaemonCannotWriteIsShownWithItsReason) {
  start(2);
  azure_.update(id(1), [](armsim::Subscription& it) { it.access = armsim::Access::Read; });
  switch_off(1);
  const Ended ended = end({"--yes"});
  EXPECT_EQ(ended.code, 1) << ended.output;
  EXPECT_THAT(ended.output, AllOf(HasSubstr("failed (Forbidden): sub-1: "),
                                  HasSubstr("0 subscriptions to change, 1 in sync, 1 failed\n")));
}

TEST_F(ApplyBesideTest, ADaemonThatDeclaresSomethingElseIsNotAsked) {
  start(2);
  write("other.yaml", desired({"id: " + id(1) + ", plan: off", "id: " + id(2) + ", plan: on"}));
  DaemonProcess apply({"apply", "--yes", "--only", id(1), "--config", path("settings.yaml"),
                       "--desired", path("other.yaml")},
                      credentials());
  EXPECT_EQ(apply.wait_exit(), 2) << apply.output();
  EXPECT_THAT(apply.output(),
              AllOf(HasSubstr(" declares something else than " + path("other.yaml") + " (content "),
                    HasSubstr("so it was not asked"), Not(HasSubstr("asked the running"))));
  EXPECT_TRUE(azure_.plan(id(1)).on);
}

TEST_F(ApplyBesideTest, APortThatTheSystemChoosesIsNamedWithoutAnOptionThatApplyLacks) {
  start(1);
  write("settings.yaml", settings("journal: {file: " + path("journal.jsonl") + "}\n"));
  const Ended ended = end({"--yes"});
  EXPECT_EQ(ended.code, 2) << ended.output;
  EXPECT_THAT(ended.output, AllOf(HasSubstr("set a port in `listen` under `server:` in "),
                                  Not(HasSubstr("--url"))));
}

TEST_F(ApplyBesideTest, ADiffWorksAsUsual) {
  start(1);
  switch_off(1);
  EXPECT_EQ(end({"--dry-run"}).code, 1);
}

}  // namespace
}  // namespace defenderd
