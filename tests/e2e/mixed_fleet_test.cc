// Ten hand-overs of a fleet in which everything that can be remembered is remembered.

#include <gmock/gmock.h>
#include <signal.h>  // NOLINT(modernize-deprecated-headers): POSIX's signals

#include <nlohmann/json.hpp>
#include <regex>
#include <sstream>

#include "armsim/fault.h"
#include "e2e/replicas.h"

namespace defenderd {
namespace {

using testing::HasSubstr;

// A fleet with something to remember of every kind: held by a brake, held by a freeze of the API,
// failing, suspended, observed only, in sync, contested, an extension that failed, and a change
// that a code has let through.
class MixedFleetTest : public Replicas {
 protected:
  void add_fleet() {
    for (const unsigned n : {1U, 2U}) {
      azure_.update(id(n), [](armsim::Subscription& it) { it.plan.on = true; });
    }
    azure_.inject(armsim::Fault::answer(armsim::Operation::Read, 403, "AuthorizationFailed")
                      .at(id(3))
                      .repeated(0));
    azure_.add(subscription(7, false));
    armsim::Subscription failing = subscription(8, true, {{"AIPromptEvidence", false}});
    failing.failing_extensions["AIPromptEvidence"] = "the first-party application is missing";
    azure_.add(failing);
    azure_.add(subscription(9, true));
  }
  // `held`: the plan of the second one, which is on.
  void declare(const std::string& held) const {
    write("desired.yaml",
          desired(
              {"id: " + id(1) + ", plan: on", "id: " + id(2) + ", plan: " + held,
               "id: " + id(3) + ", plan: on", "id: " + id(4) + ", plan: on, owner: payments",
               "id: " + id(5) + ", plan: on, mode: observe",
               "id: " + id(6) + ", plan: on, suspend: {until: 2099-01-01T00:00:00Z, reason: move}",
               "id: " + id(7) + ", plan: on", "id: " + id(8) + ", plan: on, promptEvidence: on",
               "id: " + id(9) + ", plan: off"}));
  }
  void confirm(const std::string& code) const {
    configure(kLease,
              "safety: {maxDisablesPerSweep: 0, contestedAfter: {corrections: 2, within: 1h}" +
                  (code.empty() ? "" : ", confirm: " + code) + "}\n");
  }
  void switch_plan(unsigned n, bool on) {
    azure_.update(id(n), [on](armsim::Subscription& it) { it.plan.on = on; });
  }
  static std::string known(const DaemonProcess& daemon) {
    std::string text;
    const auto rows =
        nlohmann::json::parse(daemon.get("/api/v1/subscriptions").body, nullptr, false);
    if (!rows.is_object()) return "nothing: no daemon serves now";
    for (const auto& row : rows["items"]) {
      text += row["id"].get<std::string>().substr(35) + " " + row["state"].get<std::string>() +
              " " + row["reason"].get<std::string>() + " " + row["stateSince"].get<std::string>() +
              "\n";
    }
    return text;
  }
  // Until the board shows this; false at the deadline.
  static bool knows(const DaemonProcess& daemon, const std::string& text) {
    return daemon.wait_body("/api/v1/subscriptions", [&](const std::string&) {
      return known(daemon).find(text) != std::string::npos;
    });
  }
  // Another writer switches it off until defenderd gives way.
  void contest(const DaemonProcess& leader, unsigned n) {
    for (std::size_t corrections = 1; corrections <= 2; ++corrections) {
      ASSERT_TRUE(leader.wait_body("/metrics", [&](const std::string&) {
        return count(leader.output(), "corrected", id(n)) == corrections;
      })) << leader.output();
      switch_plan(n, false);
      ASSERT_EQ(leader.post("/-/reconcile").status, 202);
    }
    ASSERT_TRUE(knows(leader, std::to_string(n) + " contested Contested")) << known(leader);
  }
  static std::size_t count(const std::string& log, const std::string& what, const std::string& id) {
    std::istringstream lines(log);
    std::size_t found = 0;
    for (std::string line; std::getline(lines, line);) {
      if (line.find(what) != std::string::npos && line.find(id) != std::string::npos) ++found;
    }
    return found;
  }
  // A failed extension is tried again, by a new leader at once; for the others, a hand-over is no
  // reason to write.
  [[nodiscard]] std::size_t writes() const {
    std::size_t count = 0;
    for (const armsim::LoggedRequest& request : azure_.requests())
      if (request.method == "PUT" && request.subscription != id(8)) ++count;
    return count;
  }
  // Confirms the one change that is held, and returns its code; "" if none is held.
  std::string let_through(const DaemonProcess& leader) {
    if (!leader.wait_output("ERROR brake ")) return "";
    std::smatch match;
    const std::string log = leader.output();
    if (!std::regex_search(log, match, std::regex("`confirm: ([0-9a-f]{8})` under"))) return "";
    const std::string code = match[1];
    confirm(code);
    return azure_.wait_for([&] { return !azure_.plan(id(9)).on; }) ? code : "";
  }
};

TEST_F(MixedFleetTest, TenHandOversForgetNothingAndWriteNothing) {
  add_fleet();
  declare("on");
  confirm("");
  auto leader = run();
  ASSERT_TRUE(leads(*leader)) << leader->output();
  const std::string code = let_through(*leader);
  ASSERT_NE(code, "") << leader->output();
  declare("off");
  ASSERT_TRUE(azure_.wait_for([&] { return azure_.plan(id(4)).on; })) << leader->output();
  contest(*leader, 7);
  ASSERT_EQ(leader->post("/-/freeze?reason=incident&owner=payments").status, 200);
  switch_plan(4, false);
  ASSERT_EQ(leader->post("/-/reconcile").status, 202);
  for (const char* const row :
       {"2 held DisableBrake", "3 failing Forbidden", "4 held Frozen", "5 drifted ObserveMode",
        "6 suspended Suspended", "7 contested Contested", "8 failing ExtensionFailed",
        "9 in_sync"}) {
    ASSERT_TRUE(knows(*leader, row)) << row << " is not in\n" << known(*leader);
  }
  const std::string before = known(*leader);
  const std::size_t written = writes();
  for (int i = 0; i < 10; ++i) {
    auto standby = run();
    ASSERT_TRUE(standby->wait_get("/readyz", "ok")) << standby->output();
    leader->signal(SIGTERM);
    ASSERT_EQ(leader->wait_exit(), 0) << leader->output();
    leader = std::move(standby);
    ASSERT_TRUE(leads(*leader)) << leader->output();
    ASSERT_TRUE(knows(*leader, before)) << "after hand-over " << i << ":\n"
                                        << known(*leader) << "and before:\n"
                                        << before;
  }
  EXPECT_EQ(writes(), written);

  // What the code was for is there again, and nothing else is held: it needs another code.
  declare("on");
  switch_plan(9, true);
  ASSERT_EQ(leader->post("/-/reconcile").status, 202);
  EXPECT_TRUE(leader->wait_output("safety.confirm is " + code + ", which was already used"));
  ASSERT_TRUE(knows(*leader, "9 held DisableBrake")) << known(*leader);
  EXPECT_EQ(writes(), written);
  DaemonProcess apply(
      {"apply", "--yes", "--config", path("settings.yaml"), "--desired", path("desired.yaml")},
      credentials());
  EXPECT_EQ(apply.wait_exit(), 2);
  EXPECT_THAT(apply.output(), HasSubstr("only the replica that leads may write"));
}

}  // namespace
}  // namespace defenderd
