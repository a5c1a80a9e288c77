#include "server/workers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "support/eventually.h"
#include "support/fake_clock.h"

namespace defenderd {
namespace {

using testing::ElementsAre;

constexpr std::array kKinds{RouteKind::Probe, RouteKind::Metrics, RouteKind::Api, RouteKind::Action,
                            RouteKind::Login};

// Jobs with a number, which the handler notes, and jobs that it does not end before the test lets
// it.
class WorkersTest : public testing::Test {
 protected:
  void TearDown() override { let_go(); }

  void submit(RouteKind kind, std::uint64_t number) { workers_->submit(kind, {number, {}}); }
  void submit_held(RouteKind kind, std::uint64_t number) {
    workers_->submit(kind, {number, {.path = "/held"}});
  }
  void let_go() {
    if (!std::exchange(is_open_, true)) open_.set_value();
  }
  // In the order of their ends.
  std::vector<std::uint64_t> done() {
    const std::scoped_lock lock(mutex_);
    return done_;
  }
  testing::AssertionResult all_done(std::size_t count) {
    return eventually(std::to_string(count) + " jobs are done",
                      [&] { return done().size() == count; });
  }
  testing::AssertionResult held(int count) {
    return eventually(std::to_string(count) + " jobs are held", [&] { return held_ == count; });
  }
  std::map<RouteKind, int> rests() {
    const std::scoped_lock lock(mutex_);
    return rests_;
  }

  std::atomic<bool> rest_is_held_ = false;  // that of Metrics
  FakeClock clock_;
  Heartbeats heartbeats_{clock_};

 private:
  void work(const Workers::Job& job) {
    if (job.request.path == "/held") hold();
    const std::scoped_lock lock(mutex_);
    done_.push_back(job.connection);
  }
  void rest(RouteKind kind) {
    if (rest_is_held_ && kind == RouteKind::Metrics) hold();
    const std::scoped_lock lock(mutex_);
    ++rests_[kind];
  }
  void hold() {
    ++held_;
    EXPECT_TRUE(eventually("the test lets it go", opened_));
    --held_;
  }

  std::promise<void> open_;
  const std::shared_future<void> opened_ = open_.get_future().share();
  bool is_open_ = false;
  std::atomic<int> held_ = 0;
  std::mutex mutex_;
  std::vector<std::uint64_t> done_;
  std::map<RouteKind, int> rests_;

 protected:
  std::unique_ptr<Workers> workers_ =
      std::make_unique<Workers>([this](const Workers::Job& job) { work(job); },
                                [this](RouteKind kind) { rest(kind); }, &heartbeats_);
};

TEST_F(WorkersTest, NoKindWaitsForAnother) {
  for (const RouteKind stuck : {RouteKind::Metrics, RouteKind::Api, RouteKind::Login})
    submit_held(stuck, 1);
  ASSERT_TRUE(held(3));
  submit(RouteKind::Probe, 2);
  submit(RouteKind::Action, 3);
  EXPECT_TRUE(all_done(2));
}

TEST_F(WorkersTest, OneAtATimeInTheOrderInWhichTheyCame) {
  submit_held(RouteKind::Api, 1);
  ASSERT_TRUE(held(1));
  for (std::uint64_t number = 2; number <= 4; ++number) submit(RouteKind::Api, number);
  EXPECT_EQ(workers_->waiting(RouteKind::Api), 3U);
  EXPECT_EQ(workers_->waiting(RouteKind::Probe), 0U) << "each kind has a line of its own";
  EXPECT_THAT(done(), ElementsAre());
  let_go();
  ASSERT_TRUE(all_done(4));
  EXPECT_THAT(done(), ElementsAre(1, 2, 3, 4));
  EXPECT_EQ(workers_->waiting(RouteKind::Api), 0U);
}

TEST_F(WorkersTest, AnActionDoesNotWaitForOneThatHangs) {
  submit_held(RouteKind::Action, 1);
  ASSERT_TRUE(held(1));
  submit(RouteKind::Action, 2);
  ASSERT_TRUE(all_done(1));
  submit_held(RouteKind::Action, 3);
  ASSERT_TRUE(held(2));
  submit(RouteKind::Action, 4);
  EXPECT_EQ(workers_->waiting(RouteKind::Action), 1U) << "the third one waits";
}

TEST_F(WorkersTest, AStopCompletesWhatWasSubmitted) {
  std::vector<std::uint64_t> all;
  for (const RouteKind kind : kKinds) {
    submit_held(kind, all.size());
    all.push_back(all.size());
    for (int i = 0; i < 100; ++i) {
      submit(kind, all.size());
      all.push_back(all.size());
    }
  }
  let_go();
  workers_->stop();
  EXPECT_THAT(done(), testing::UnorderedElementsAreArray(all));
  workers_->stop();
  EXPECT_EQ(heartbeats_.read().size(), 0U) << "the threads have ended";
}

TEST_F(WorkersTest, AThreadWhoseHandlerHangsIsSilent) {
  submit_held(RouteKind::Api, 1);
  ASSERT_TRUE(held(1));
  clock_.advance(std::chrono::minutes(1));
  for (const RouteKind kind : kKinds) {
    if (kind != RouteKind::Api) submit(kind, 2);
  }
  // The second thread for actions has nothing to do.
  EXPECT_TRUE(eventually("all others have made progress, and only the API's thread is silent", [&] {
    std::vector<std::string> silent;
    for (const Heartbeats::Reading& reading : heartbeats_.read()) {
      if (reading.silent >= std::chrono::minutes(1) && !reading.thread.starts_with("server-action"))
        silent.push_back(reading.thread);
    }
    return silent == std::vector<std::string>{"server-api"};
  }));
  EXPECT_TRUE(all_done(4));
}

// A second of real time each.
TEST_F(WorkersTest, AKindThatIsIdleRestsOnceUntilItWorksAgain) {
  const auto all_once = [](int metrics) {
    std::map<RouteKind, int> rests;
    for (const RouteKind kind : kKinds) rests[kind] = 1;
    rests[RouteKind::Action] = 2;  // each of its threads
    rests[RouteKind::Metrics] = metrics;
    return rests;
  };
  ASSERT_TRUE(eventually("all kinds rest", [&] { return rests() == all_once(1); }));
  submit(RouteKind::Metrics, 1);
  ASSERT_TRUE(all_done(1));
  EXPECT_TRUE(eventually("only the one that has worked rests again",
                         [&] { return rests()[RouteKind::Metrics] == 2; }));
  EXPECT_EQ(rests(), all_once(2));
}

TEST_F(WorkersTest, ARestHoldsUpNeitherCallersNorOtherKinds) {
  rest_is_held_ = true;
  ASSERT_TRUE(held(1));
  submit(RouteKind::Metrics, 1);
  EXPECT_EQ(workers_->waiting(RouteKind::Metrics), 1U);
  submit(RouteKind::Probe, 2);
  ASSERT_TRUE(all_done(1));
  EXPECT_THAT(done(), ElementsAre(2));
  let_go();
  ASSERT_TRUE(all_done(2));
  EXPECT_THAT(done(), ElementsAre(2, 1));
}

}  // namespace
}  // namespace defenderd
