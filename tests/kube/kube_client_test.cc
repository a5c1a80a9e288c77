#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

#include "kube/cluster.h"
#include "kube/lease_json.h"

namespace defenderd {
namespace {

using std::chrono::seconds;
using testing::AllOf;
using testing::HasSubstr;

class KubeClientTest : public ClusterTest {
 protected:
  static std::string lease() {
    LeaseRecord record;
    record.holder = "me";
    record.duration = seconds(15);
    return format_lease(record, "defenderd", "defender");
  }
};

TEST_F(KubeClientTest, CreatesReadsAndReplaces) {
  const auto kube = client();
  EXPECT_EQ(*kube->read(lease_target(), {}), std::nullopt);
  const auto created = kube->create_object(lease_target(), lease(), {});
  ASSERT_TRUE(created) << created.error().message;
  const auto read = kube->read(lease_target(), {});
  ASSERT_TRUE(read);
  const auto record = parse_lease(**read, "defenderd");
  ASSERT_TRUE(record);
  EXPECT_EQ(record->holder, "me");
  EXPECT_TRUE(kube->replace(lease_target(), format_lease_over(**read, *record), {}));
  EXPECT_EQ(cluster_.lease("defender", "defenderd")->holder, "me");
}

TEST_F(KubeClientTest, ConflictsAreToldApart) {
  const auto kube = client();
  const std::string first = *kube->create_object(lease_target(), lease(), {});
  EXPECT_EQ(kube->create_object(lease_target(), lease(), {}).error().reason,
            Reason::UpdateInProgress);
  LeaseRecord record = *parse_lease(first, "defenderd");
  record.holder = "other";
  ASSERT_TRUE(kube->replace(lease_target(), format_lease_over(first, record), {}));
  record.holder = "me";
  EXPECT_EQ(kube->replace(lease_target(), format_lease_over(first, record), {}).error().reason,
            Reason::UpdateInProgress);
}

TEST_F(KubeClientTest, AForbiddenVerbIsNamed) {
  cluster_.deny("update", "leases");
  const auto kube = client();
  const std::string first = *kube->create_object(lease_target(), lease(), {});
  const auto refused = kube->replace(lease_target(), first, {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().reason, Reason::Forbidden);
  EXPECT_THAT(
      refused.error().message,
      AllOf(HasSubstr("does not allow this service account to update leases/defenderd in namespace "
                      "defender; check its Role and RoleBinding"),
            HasSubstr("is forbidden: User")));
}

TEST_F(KubeClientTest, ATokenThatIsRefusedIsReadAgainAtOnce) {
  const auto kube = client();
  cluster_.set_token("an0ther-token-of-the-pod");
  EXPECT_TRUE(kube->read(lease_target(), {})) << "without waiting for a minute";
}

TEST_F(KubeClientTest, ATokenIsReadAgainEveryMinute) {
  const auto kube = client();
  cluster_.set_token("an0ther-token-of-the-pod", true);
  ASSERT_TRUE(kube->read(lease_target(), {}));
  clock_.advance(seconds(61));
  cluster_.clear_requests();
  ASSERT_TRUE(kube->read(lease_target(), {}));
  cluster_.revoke_token();
  const auto refused = kube->read(lease_target(), {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().reason, Reason::Unauthorized);
  EXPECT_THAT(refused.error().message, HasSubstr("does not accept the token"));
  EXPECT_THAT(refused.error().message, testing::Not(HasSubstr("an0ther")));
}

TEST_F(KubeClientTest, AFileThatCannotBeReadForAMomentIsNoLoss) {
  const auto kube = client();
  std::ofstream(cluster_.token_file(), std::ios::trunc) << "";
  clock_.advance(seconds(61));
  EXPECT_TRUE(kube->read(lease_target(), {}));
}

TEST_F(KubeClientTest, WithoutATokenItDoesNotStart) {
  KubeClient::Options bad = options();
  bad.access.token_file = "/nowhere/token";
  const auto created = KubeClient::create(bad, clock_);
  ASSERT_FALSE(created);
  EXPECT_THAT(created.error().message, HasSubstr("cannot read the token /nowhere/token"));
}

TEST_F(KubeClientTest, AnotherAuthorityIsReadAtOnce) {
  const kubesim::Simulator other;
  const auto copy = [](const std::string& from, const std::string& to) {
    std::filesystem::copy_file(from, to, std::filesystem::copy_options::overwrite_existing);
  };
  KubeClient::Options moved = options();
  moved.access.ca_file = other.ca_file() + ".copy";
  copy(other.ca_file(), moved.access.ca_file);
  auto kube = KubeClient::create(moved, clock_);
  ASSERT_TRUE(kube);
  const auto refused = (*kube)->read(lease_target(), {});
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message,
              AllOf(HasSubstr("if it is from a private CA, put the CA's certificate into " +
                              moved.access.ca_file),
                    testing::Not(HasSubstr("azure.endpoints"))));
  copy(cluster_.ca_file(), moved.access.ca_file);
  EXPECT_TRUE((*kube)->read(lease_target(), {})) << "without waiting for a minute";
}

TEST_F(KubeClientTest, ServersAreVerified) {
  KubeClient::Options bad = options();
  bad.access.ca_file = "";
  auto created = KubeClient::create(bad, clock_);
  ASSERT_TRUE(created);
  EXPECT_EQ((*created)->read(lease_target(), {}).error().reason, Reason::TlsFailed);
}

TEST_F(KubeClientTest, AnAPIThatIsAwayAndComesBack) {
  const auto kube = client();
  ASSERT_TRUE(kube->read(lease_target(), {}));
  cluster_.go_away();
  const auto away = kube->read(lease_target(), {});
  ASSERT_FALSE(away);
  EXPECT_EQ(away.error().reason, Reason::ConnectionFailed);
  EXPECT_THAT(away.error().message, HasSubstr("the Kubernetes API does not answer"));
  cluster_.come_back();
  EXPECT_TRUE(kube->read(lease_target(), {}));
}

TEST_F(KubeClientTest, TroubleOfTheServer) {
  const auto kube = client();
  struct Row {
    kubesim::Fault fault;
    Reason reason = Reason::AsDeclared;
  };
  for (const Row& row : {Row{kubesim::Fault::answer(500), Reason::ServerError},
                         Row{kubesim::Fault::answer(503), Reason::ServerError},
                         Row{kubesim::Fault::throttle("1"), Reason::Throttled},
                         Row{kubesim::Fault::answer(401).repeated(2), Reason::Unauthorized}}) {
    cluster_.fault(row.fault);
    const auto read = kube->read(lease_target(), {});
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().reason, row.reason) << read.error().message;
    cluster_.clear_faults();
  }
}

}  // namespace
}  // namespace defenderd
