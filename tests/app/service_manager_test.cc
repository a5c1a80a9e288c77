#include "app/service_manager.h"

#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/recorded.h"
#include "desired/temp_folder.h"
#include "support/notify_receiver.h"

namespace defenderd {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

constexpr pid_t kSelf = 4711;

class ServiceManagerTest : public Recorded {
 protected:
  Environment environment(const std::string& usec = "", const std::string& pid = "") const {
    Environment environment;
    environment.notify_socket = address_;
    environment.watchdog_usec = usec;
    environment.watchdog_pid = pid;
    return environment;
  }
  // Runs watch() for so many looks at `state_`.
  void watch(ServiceManager& manager, int looks) {
    std::stop_source stop;
    manager.watch(
        [&] {
          if (--looks == 0) stop.request_stop();
          if (on_look_) on_look_();
          return state_;
        },
        log_, stop.get_token());
  }
  // What has arrived: sending is done when a call returns.
  std::vector<std::string> arrived() {
    std::vector<std::string> texts;
    while (auto text = receiver_.next(std::chrono::milliseconds(0))) texts.push_back(*text);
    return texts;
  }

  const TempFolder folder_;
  const std::string address_ = folder_.path("notify");
  NotifyReceiver receiver_{address_};
  ServiceManager::State state_{std::nullopt, "keeps 2 subscriptions as declared"};
  std::function<void()> on_look_ = {};
};

TEST_F(ServiceManagerTest, TellsItsStates) {
  ServiceManager manager(environment(), kSelf, clock_);
  EXPECT_TRUE(manager.listens());
  manager.ready("stands by");
  manager.reloading();
  manager.ready("stands by");
  manager.stopping();
  EXPECT_THAT(arrived(), ElementsAre("READY=1\nSTATUS=stands by\n",
                                     "RELOADING=1\nMONOTONIC_USEC=3600000000\n", "READY=1\n",
                                     "STOPPING=1\nSTATUS=stopping: in-flight writes may finish\n"));
}

TEST_F(ServiceManagerTest, SpeaksToAnAbstractSocket) {
  // The folder makes the name unique.
  const std::string name = "@" + folder_.path() + "/abstract";
  NotifyReceiver receiver(name);
  ASSERT_TRUE(receiver.bound());
  Environment environment;
  environment.notify_socket = name;
  ServiceManager(environment, kSelf, clock_).ready("");
  EXPECT_EQ(receiver.next(), "READY=1\n");
}

TEST_F(ServiceManagerTest, FeedsTheWatchdogTwiceInItsTime) {
  ServiceManager manager(environment("3000000", std::to_string(kSelf)), kSelf, clock_);
  manager.ready(state_.status);
  watch(manager, 3);
  EXPECT_THAT(arrived(),
              ElementsAre(HasSubstr("READY=1"), "WATCHDOG=1\n", "WATCHDOG=1\n", "WATCHDOG=1\n"));
  EXPECT_EQ(clock_.sleeps().front(), Duration(std::chrono::milliseconds(1500)));
}

TEST_F(ServiceManagerTest, BeatsEvenIfTheWatchdogIsPatient) {
  ServiceManager manager(environment("600000000"), kSelf, clock_);
  watch(manager, 2);
  EXPECT_EQ(clock_.sleeps().front(), Duration(std::chrono::seconds(20)));
}

TEST_F(ServiceManagerTest, DoesNotFeedTheWatchdogWhileItIsUnhealthy) {
  ServiceManager manager(environment("3000000"), kSelf, clock_);
  int look = 0;
  on_look_ = [&] {
    ++look;
    state_.unhealthy = look == 2 || look == 3
                           ? std::optional<std::string>("the thread files has made no progress")
                           : std::nullopt;
  };
  watch(manager, 5);
  EXPECT_THAT(arrived(), ElementsAre("WATCHDOG=1\nSTATUS=keeps 2 subscriptions as declared\n",
                                     "STATUS=not healthy: the thread files has made no progress\n",
                                     "WATCHDOG=1\nSTATUS=keeps 2 subscriptions as declared\n",
                                     "WATCHDOG=1\n"));
}

TEST_F(ServiceManagerTest, IgnoresAWatchdogThatIsNotMeantForIt) {
  struct Case {
    const char* usec;
    const char* pid;
    const char* why;
  };
  for (const Case& given :
       {Case{"3000000", "4712", "another process"}, Case{"", "4711", "no time"},
        Case{"0", "", "switched off"}, Case{"-5", "", "negative"}, Case{"3s", "", "not a number"},
        Case{"3000000", "x", "not a process"}}) {
    ServiceManager manager(environment(given.usec, given.pid), kSelf, clock_);
    watch(manager, 3);
    EXPECT_THAT(arrived(), ElementsAre("STATUS=keeps 2 subscriptions as declared\n")) << given.why;
  }
}

TEST_F(ServiceManagerTest, AStatusIsOneLine) {
  ServiceManager manager(environment(), kSelf, clock_);
  manager.ready("an edit is not in effect: a.yaml:1: bad\nWATCHDOG=trigger");
  EXPECT_THAT(arrived(), ElementsAre("READY=1\nSTATUS=an edit is not in effect: a.yaml:1: bad\n"));
}

TEST_F(ServiceManagerTest, NoStatusFollowsThatOfTheStop) {
  ServiceManager manager(environment("3000000"), kSelf, clock_);
  manager.stopping();
  watch(manager, 2);
  EXPECT_THAT(arrived(), ElementsAre(HasSubstr("STOPPING=1"), "WATCHDOG=1\n", "WATCHDOG=1\n"));
}

TEST_F(ServiceManagerTest, WithoutAServiceManagerNothingIsSentOrLogged) {
  ServiceManager manager(Environment{}, kSelf, clock_);
  EXPECT_FALSE(manager.listens());
  manager.ready("keeps 2 subscriptions as declared");
  manager.stopping();
  watch(manager, 1);
  EXPECT_THAT(arrived(), IsEmpty());
  EXPECT_THAT(logged_, IsEmpty());
}

TEST_F(ServiceManagerTest, ASocketThatCannotBeReachedIsLoggedOnce) {
  Environment environment;
  for (const auto& [address, why] : std::vector<std::pair<std::string, std::string>>{
           {folder_.path("none"), "No such file or directory"},
           {"vsock:2:1234", "expected an absolute path, or @ and a name"},
           {"/" + std::string(107, 'x'), "longer than the address of a Unix socket may be"}}) {
    environment.notify_socket = address;
    logged_.clear();
    ServiceManager manager(environment, kSelf, clock_);
    manager.ready("keeps 2 subscriptions as declared");
    watch(manager, 3);
    ASSERT_THAT(logged_, SizeIs(1)) << address;
    EXPECT_THAT(logged_.front(), HasSubstr("service_manager"));
    EXPECT_THAT(logged_.front(), HasSubstr(why));
  }
}

// systemd reads when it comes to it; this process does not wait for that for ever.
TEST_F(ServiceManagerTest, AFullSocketHoldsItUpForASecond) {
  const NotifySocket socket(address_);
  Result<Done> sent = Done{};
  int count = 0;
  while (sent && ++count < 100'000) sent = socket.send("WATCHDOG=1\n");
  ASSERT_FALSE(sent);
  EXPECT_THAT(sent.error().message, HasSubstr("Resource temporarily unavailable"));
  EXPECT_THAT(arrived(), Not(IsEmpty()));
}

}  // namespace
}  // namespace defenderd
