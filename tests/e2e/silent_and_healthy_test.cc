// Never silent and healthy: whatever comes in is attacked for every subscription at once. Either
// the fleet is still observed, or the probe or a metric that has an alert says that it is not. A
// stop ends in time. moved_name_test.cc attacks addresses and connections; stuck_output_test.cc,
// broken_disk_test.cc and dead_files_test.cc attack the outlets (log, journal, state) and the
// files. tests/README.md has the table of all attacks.

#include <gmock/gmock.h>

#include <fstream>
#include <functional>

#include "e2e/world.h"

namespace defenderd {
namespace {

using armsim::Fault;
using armsim::FaultKind;
using armsim::Operation;

constexpr unsigned kFleet = 30;
// A minute and the longest request of these settings, and some for a busy machine.
constexpr std::chrono::seconds kBound{75};
constexpr std::chrono::seconds kLongestStop{25};

Fault dripping(Operation operation) {
  Fault fault = Fault::of(FaultKind::Drip, operation).repeated(0);
  fault.delay = std::chrono::minutes(1);
  return fault;
}

struct Attack {
  std::string name;
  std::vector<Fault> faults = {};
  std::string more_poll = {};  // settings
  bool hangs_resolver = false;
  bool managed_identity = false;     // its tokens come from IMDS
  unsigned descriptors = 0;          // the hard limit
  std::string expected_metric = {};  // "": the fleet is still observed
};

void PrintTo(const Attack& attack, std::ostream* out) { *out << attack.name; }

class SilentAndHealthyTest : public World, public testing::WithParamInterface<Attack> {
 protected:
  SilentAndHealthyTest() {
    declare_on(kFleet);
    std::string text = settings();
    replace_all(text, "  budget:", "  timeouts: {connect: 1s, request: 2s}\n  budget:");
    replace_all(text, "jitter: 0%", "jitter: 0%" + GetParam().more_poll);
    if (GetParam().managed_identity)
      replace_all(text, "method: clientSecret", "method: managedIdentity");
    if (GetParam().hangs_resolver) replace_all(text, "https://127.0.0.1", "https://localhost");
    write("settings.yaml", text);
  }
  std::unique_ptr<DaemonProcess> start() const {
    auto environment = credentials();
    if (GetParam().hangs_resolver) {
      environment["LD_PRELOAD"] = HUNG_RESOLVER;
      environment["HUNG_WHILE"] = path("hung");
    }
    if (GetParam().managed_identity) {
      environment = {{"AZURE_POD_IDENTITY_AUTHORITY_HOST", azure_.base_url()}};
    }
    Streams streams;
    streams.hard_descriptors = GetParam().descriptors;
    return std::make_unique<DaemonProcess>(
        std::vector<std::string>{"run", "--config", path("settings.yaml"), "--desired",
                                 path("desired.yaml")},
        environment, streams);
  }
  void attack() {
    for (const Fault& fault : GetParam().faults) azure_.inject(fault);
    if (GetParam().hangs_resolver) std::ofstream(path("hung")) << "x";
    // Nothing that was learned before helps: new connections and a new token are needed.
    azure_.revoke_tokens();
  }
  bool observed(const DaemonProcess& daemon) {
    azure_.update(id(7), [](armsim::Subscription& drifted) { drifted.plan.on = false; });
    EXPECT_EQ(daemon.post("/-/reconcile").status, 202);
    return azure_.wait_for([&] { return azure_.plan(id(7)).on; });
  }
};

TEST_P(SilentAndHealthyTest, TheFleetIsObservedOrSomethingSaysThatItIsNot) {
  const auto daemon = start();
  ASSERT_TRUE(
      daemon->wait_metric("defenderd_subscriptions{state=\"in_sync\"} " + std::to_string(kFleet)))
      << daemon->output();
  attack();
  ASSERT_EQ(daemon->post("/-/reconcile").status, 202);
  if (GetParam().expected_metric.empty()) {
    EXPECT_TRUE(observed(*daemon)) << daemon->output();
  } else {
    EXPECT_TRUE(daemon->wait_metric(GetParam().expected_metric, kBound)) << daemon->output();
    EXPECT_EQ(daemon->get("/healthz").status, 200) << "Azure's fault is no reason for a restart";
  }
  daemon->signal(SIGTERM);
  EXPECT_EQ(daemon->wait_exit(kLongestStop), 0) << daemon->output();
}

std::string failing(const std::string& reason) {
  return "defenderd_incident_subscriptions{reason=\"" + reason + "\"} " + std::to_string(kFleet);
}

INSTANTIATE_TEST_SUITE_P(
    Inlets, SilentAndHealthyTest,
    testing::Values(
        Attack{.name = "ReadsDrip",
               .faults = {dripping(Operation::Read)},
               .expected_metric = failing("Timeout")},
        Attack{.name = "ReadsAreNotAnswered",
               .faults = {Fault::held(Operation::Read).repeated(0)},
               .expected_metric = failing("Timeout")},
        Attack{.name = "ReadsBreakOff",
               .faults = {Fault::of(FaultKind::DropBeforeEffect, Operation::Read).repeated(0)},
               .expected_metric = failing("ConnectionFailed")},
        Attack{.name = "TokensDrip",
               .faults = {dripping(Operation::Token)},
               .expected_metric = failing("CredentialFailed")},
        Attack{.name = "TokensAreNotAnswered",
               .faults = {Fault::held(Operation::Token).repeated(0)},
               .expected_metric = failing("CredentialFailed")},
        Attack{.name = "ImdsDrips",
               .faults = {dripping(Operation::Token)},
               .managed_identity = true,
               .expected_metric = failing("CredentialFailed")},
        Attack{.name = "ImdsIsNotAnswered",
               .faults = {Fault::held(Operation::Token).repeated(0)},
               .managed_identity = true,
               .expected_metric = failing("CredentialFailed")},
        // The graph is a short cut: everything is read directly instead.
        Attack{.name = "GraphDrips",
               .faults = {dripping(Operation::Graph)},
               .more_poll = ", strategy: resourceGraph"},
        Attack{.name = "GraphIsNotAnswered",
               .faults = {Fault::held(Operation::Graph).repeated(0)},
               .more_poll = ", strategy: resourceGraph"},
        // Nothing declared depends on the list.
        Attack{.name = "ListsDrip", .faults = {dripping(Operation::Subscriptions)}},
        Attack{.name = "FewDescriptors", .descriptors = 64},
        Attack{.name = "NamesAreNotResolved",
               .faults = {Fault::of(FaultKind::DropBeforeEffect, Operation::Any).repeated(90)},
               .hangs_resolver = true,
               .expected_metric = failing("Timeout")}),
    [](const auto& test) { return test.param.name; });

}  // namespace
}  // namespace defenderd
