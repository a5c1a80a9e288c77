// A federated credential or an assignment of a managed identity that was just made: it is known
// after a while.

#include <gmock/gmock.h>

#include "e2e/world.h"

namespace defenderd {
namespace {

using testing::HasSubstr;

class NewCredentialTest : public World {
 protected:
  NewCredentialTest() {
    azure_.add(subscription(1, true));
    write("token", "projected");
    write("desired.yaml", desired({"id: " + id(1) + ", plan: on"}));
  }
  [[nodiscard]] std::unique_ptr<DaemonProcess> start(const std::string& command) const {
    std::string text = settings();
    text.replace(text.find("clientSecret"), 12, "workloadIdentity");
    write("settings.yaml", text);
    return std::make_unique<DaemonProcess>(
        std::vector<std::string>{command, "--config", path("settings.yaml"), "--desired",
                                 path("desired.yaml")},
        std::map<std::string, std::string>{{"AZURE_CLIENT_ID", std::string(armsim::kClientId)},
                                           {"AZURE_FEDERATED_TOKEN_FILE", path("token")}});
  }
  // After a second refusal.
  void becomes_known() {
    ASSERT_TRUE(azure_.wait_for([this] { return azure_.requests().size() >= 2; }));
    azure_.set_federated_tokens({"projected"});
  }
  void write_scope() const {
    write("desired.yaml",
          "apiVersion: defenderd/v1\nkind: DesiredState\n"
          "scopes:\n  - {allVisible: true, plan: on, mode: enforce}\n");
  }
};

TEST_F(NewCredentialTest, DiffWaitsForIt) {
  const auto diff = start("diff");
  becomes_known();
  EXPECT_EQ(diff->wait_exit(), 0);
  EXPECT_THAT(diff->output(), HasSubstr("Plan: 0 subscriptions to change, 1 in sync"));
}

TEST_F(NewCredentialTest, DiffOfAScopeWaitsForIt) {
  write_scope();
  const auto diff = start("diff");
  becomes_known();
  EXPECT_EQ(diff->wait_exit(), 0);
  EXPECT_THAT(diff->output(), HasSubstr("Plan: 0 subscriptions to change, 1 in sync"));
}

TEST_F(NewCredentialTest, RunIsInSyncSoonAfterIt) {
  const auto daemon = start("run");
  becomes_known();
  EXPECT_TRUE(daemon->wait_metric(R"(defenderd_subscriptions{state="in_sync"} 1)"))
      << daemon->output();
}

TEST_F(NewCredentialTest, RunResolvesAScopeSoonAfterIt) {
  write_scope();
  const auto daemon = start("run");
  becomes_known();
  EXPECT_TRUE(daemon->wait_metric(R"(defenderd_subscriptions{state="in_sync"} 1)"))
      << daemon->output();
}

// IMDS does not find it twice.
TEST_F(NewCredentialTest, DiffWaitsForAnAssignmentOfAManagedIdentity) {
  std::string text = settings();
  text.replace(text.find("clientSecret"), 12, "managedIdentity");
  write("settings.yaml", text);
  azure_.inject(
      armsim::Fault::answer(armsim::Operation::Token, 400, "invalid_request", "Identity not found")
          .repeated(2));
  DaemonProcess diff({"diff", "--config", path("settings.yaml"), "--desired", path("desired.yaml")},
                     {{"AZURE_POD_IDENTITY_AUTHORITY_HOST", azure_.base_url()}});
  EXPECT_EQ(diff.wait_exit(), 0);
  EXPECT_THAT(diff.output(), HasSubstr("Plan: 0 subscriptions to change, 1 in sync"));
}

TEST_F(NewCredentialTest, DiffDoesNotWaitForAWrongSecret) {
  azure_.set_client_secret("another");
  DaemonProcess diff({"diff", "--config", path("settings.yaml"), "--desired", path("desired.yaml")},
                     credentials());
  EXPECT_EQ(diff.wait_exit(), 2);
  EXPECT_THAT(diff.output(), HasSubstr("the client secret is wrong"));
  EXPECT_EQ(azure_.requests().size(), 1U);
}

}  // namespace
}  // namespace defenderd
