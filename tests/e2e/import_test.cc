// `defenderd import`: what it writes, and that nothing drifts from it.

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

#include "e2e/world.h"

namespace defenderd {
namespace {

using testing::AllOf;
using testing::HasSubstr;

class ImportTest : public World {
 protected:
  struct Ended {
    int code = -1;
    std::string output;
  };
  [[nodiscard]] Ended end(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin() + 1, {"--config", path("settings.yaml")});
    DaemonProcess process(std::move(arguments), credentials());
    const auto code = process.wait_exit();
    return {code.value_or(-1), process.output()};
  }
  [[nodiscard]] std::string read(const std::string& name) const {
    std::ifstream file(path(name), std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  void add(unsigned n, bool plan, const std::function<void(armsim::Subscription&)>& change = {}) {
    armsim::Subscription one = subscription(n, plan);
    if (change) change(one);
    azure_.add(one);
  }
};

TEST_F(ImportTest, WhatItWritesHasNoDrift) {
  azure_.set_behaviour([](armsim::Behaviour& behaviour) { behaviour.page_size = 2; });
  add(1, true, [](armsim::Subscription& it) {
    it.name = "chat: \"prod\"";
    it.plan.set("AIPromptEvidence", true);
    it.plan.set("AINewThing", false);
  });
  add(2, false, [](armsim::Subscription& it) { it.name = "sandbox"; });
  add(3, true, [](armsim::Subscription& it) {
    it.name = "zzz-old";
    it.state = "Disabled";
  });
  add(4, true, [](armsim::Subscription& it) {
    it.name = "fresh";
    it.registration = armsim::Registration::NotRegistered;
  });
  add(5, false, [](armsim::Subscription& it) {
    it.name = "no-ai";
    it.plan_offered = false;
  });
  const Ended import = end({"import", "-o", path("imported.yaml")});
  ASSERT_EQ(import.code, 0) << import.output;
  EXPECT_EQ(import.output,
            "defenderd: imported 3 subscriptions; 2 could not be read and are listed as comments "
            "that say why\n");
  const std::string yaml = read("imported.yaml");
  EXPECT_THAT(yaml, HasSubstr("  - id: " + id(1) +
                              "\n    name: \"chat: \\\"prod\\\"\"\n    promptEvidence: on\n"));
  EXPECT_THAT(
      yaml,
      AllOf(HasSubstr("      \"AINewThing\": off\n"), HasSubstr("  mode: observe\n  plan: on\n"),
            HasSubstr("  tenantId: " + std::string(armsim::kTenant) + "\n"),
            HasSubstr("  # Disabled in Azure: "), HasSubstr("ProviderNotRegistered: "),
            HasSubstr("PlanNotOffered: "), HasSubstr("  # - id: " + id(5) + "\n")));

  const Ended diff = end({"diff", "--desired", path("imported.yaml")});
  EXPECT_EQ(diff.code, 0) << diff.output;
  EXPECT_EQ(diff.output, "Plan: 0 subscriptions to change, 3 in sync\n");
  EXPECT_EQ(end({"import", "--mode", "enforce", "-o", path("enforced.yaml")}).code, 0);
  const Ended apply = end({"apply", "--yes", "--desired", path("enforced.yaml")});
  EXPECT_EQ(apply.code, 0) << apply.output;
  EXPECT_EQ(azure_.counters().writes, 0U);
}

TEST_F(ImportTest, GoesToStandardOutputUnlessAFileIsNamed) {
  add(1, true);
  const Ended import = end({"import"});
  EXPECT_EQ(import.code, 0);
  EXPECT_THAT(import.output, AllOf(HasSubstr("kind: DesiredState\n"), HasSubstr(id(1)),
                                   HasSubstr("defenderd: imported 1 subscription\n")));
}

TEST_F(ImportTest, ADashIsStandardOutput) {
  add(1, true);
  const Ended import = end({"import", "-o", "-"});
  EXPECT_EQ(import.code, 0);
  EXPECT_THAT(import.output, HasSubstr("kind: DesiredState\n"));
}

TEST_F(ImportTest, ASignalLeavesNoFile) {
  add(1, true);
  azure_.inject(armsim::Fault::held(armsim::Operation::Read));
  DaemonProcess process({"import", "--config", path("settings.yaml"), "-o", path("half.yaml")},
                        credentials());
  ASSERT_TRUE(azure_.wait_for([&] { return azure_.held() == 1; })) << process.output();
  process.signal(SIGINT);
  ASSERT_TRUE(process.wait_output("defenderd: stopping\n"));
  azure_.release_held();
  EXPECT_EQ(process.wait_exit(), 130);
  EXPECT_FALSE(std::filesystem::exists(path("half.yaml")));
}

TEST_F(ImportTest, NeverWritesOverAFile) {
  add(1, true);
  write("mine.yaml", "precious");
  const Ended import = end({"import", "-o", path("mine.yaml")});
  EXPECT_EQ(import.code, 2);
  EXPECT_THAT(import.output, HasSubstr("already exists, not overwritten"));
  EXPECT_EQ(read("mine.yaml"), "precious");
  EXPECT_EQ(azure_.counters().requests, 0U);
}

TEST_F(ImportTest, ErrorsSayWhatToDoAndLeaveNoFile) {
  const Ended none = end({"import", "-o", path("none.yaml")});
  EXPECT_EQ(none.code, 2);
  EXPECT_THAT(none.output, HasSubstr("assign it the role `defenderd` of deploy/azure"));
  add(1, true);
  const Ended nowhere = end({"import", "-o", path("no/such/folder.yaml")});
  EXPECT_EQ(nowhere.code, 2);
  EXPECT_THAT(nowhere.output, HasSubstr("No such file or directory"));
  const Ended tenant = end({"import", "--tenant", "contoso"});
  EXPECT_EQ(tenant.code, 2);
  EXPECT_THAT(tenant.output, HasSubstr("expected a GUID"));
  EXPECT_FALSE(std::filesystem::exists(path("none.yaml")));
}

}  // namespace
}  // namespace defenderd
