#include "kube/config_map_store.h"

#include <gmock/gmock.h>

#include <array>
#include <random>
#include <string>

#include "kube/cluster.h"

namespace defenderd {
namespace {

using testing::HasSubstr;

class ConfigMapStoreTest : public ClusterTest {
 protected:
  std::unique_ptr<ConfigMapStore> store(const std::string& identity) {
    kube_ = client();
    return std::make_unique<ConfigMapStore>(
        *kube_, clock_,
        ConfigMapStore::Options{"defenderd-state", identity, [this] { return leads_; },
                                [this] { return holds_lease_; }});
  }

  // The next answer to this verb, with this body instead of the true one.
  void answer(const std::string& verb, const std::string& body, int status = 200) {
    kubesim::Fault fault = kubesim::Fault::of(kubesim::FaultKind::ReplaceBody);
    fault.message = body;
    fault.status = status;
    cluster_.fault(fault.on(verb, "configmaps"));
  }

  std::unique_ptr<KubeClient> kube_;
  bool leads_ = true;
  bool holds_lease_ = false;
};

// None is the ConfigMap defender/defenderd-state.
constexpr std::array kOtherAnswers{
    R"({"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"kube-root-ca.crt",)"
    R"("namespace":"defender","resourceVersion":"7"},"data":{"ca.crt":"x"}})",
    R"({"kind":"ConfigMap","metadata":{"name":"defenderd-state","namespace":"other",)"
    R"("resourceVersion":"7"}})",
    R"({"kind":"ConfigMap","metadata":{"name":"defenderd-state","namespace":"defender"}})",
    R"({"kind":"ConfigMapList","metadata":{"resourceVersion":"7"},"items":[]})",
    R"({"kind":"Status","status":"Success"})",
    R"({"metadata":{"name":"defenderd-state","resourceVersion":"7"}})",
    "{}",
    "[]",
    "null",
    "<html>sign in</html>",
    ""};

TEST_F(ConfigMapStoreTest, KeepsADocumentForTheNextLeader) {
  auto first = store("a");
  EXPECT_EQ(*first->load(), std::nullopt);
  ASSERT_TRUE(first->save("{\"one\":1}"));
  ASSERT_TRUE(first->save("{\"two\":2}"));
  EXPECT_EQ(**store("b")->load(), "{\"two\":2}");
}

TEST_F(ConfigMapStoreTest, AnotherLeadersStateIsNeverReplaced) {
  auto first = store("a");
  const auto kept = std::move(kube_);
  ASSERT_TRUE(first->save("old"));
  auto second = store("b");
  ASSERT_TRUE(second->load());
  ASSERT_TRUE(second->save("new"));
  const auto refused = first->save("older");
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message,
              HasSubstr("cannot be saved in the ConfigMap defenderd-state"));
  EXPECT_EQ(**second->load(), "new");
}

TEST_F(ConfigMapStoreTest, TheHolderOfTheLeaseReplacesARestoredBackup) {
  auto first = store("a");
  const auto kept = std::move(kube_);
  ASSERT_TRUE(first->save("old"));
  const auto backup = cluster_.config_map("defender", "defenderd-state");
  auto second = store("b");
  ASSERT_TRUE(second->load());
  ASSERT_TRUE(second->save("new"));
  cluster_.set_config_map("defender", "defenderd-state", *backup);
  EXPECT_FALSE(second->save("newer")) << "as far as is known, a leads";
  holds_lease_ = true;
  ASSERT_TRUE(second->save("newer"));
  EXPECT_EQ(**second->load(), "newer");
}

// Only one large document may be in memory: reading a second one beside it would wait for ever.
TEST_F(ConfigMapStoreTest, AlsoALargeOneIsComparedAndReplaced) {
  std::mt19937 random(1);
  std::string large(64UL << 10U, '\0');
  for (char& c : large) c = static_cast<char>('!' + random() % 90);
  auto first = store("a");
  ASSERT_TRUE(first->save(large));
  EXPECT_FALSE(first->was_replaced());
  const auto backup = cluster_.config_map("defender", "defenderd-state");
  ASSERT_TRUE(first->save(large + "!"));
  cluster_.set_config_map("defender", "defenderd-state", *backup);
  EXPECT_TRUE(first->was_replaced());
  ASSERT_TRUE(first->save(large + "!"));
  EXPECT_EQ(**store("b")->load(), large + "!");
}

TEST_F(ConfigMapStoreTest, OneThatWasRemovedOrReplacedIsNoticed) {
  auto first = store("a");
  EXPECT_FALSE(first->was_replaced()) << "nothing was saved";
  ASSERT_TRUE(first->save("one"));
  EXPECT_FALSE(first->was_replaced());
  const auto backup = cluster_.config_map("defender", "defenderd-state");
  ASSERT_TRUE(first->save("two"));
  cluster_.set_config_map("defender", "defenderd-state", *backup);
  EXPECT_TRUE(first->was_replaced());
  ASSERT_TRUE(first->save("two"));
  EXPECT_FALSE(first->was_replaced());
  cluster_.remove_config_map("defender", "defenderd-state");
  EXPECT_TRUE(first->was_replaced());
  cluster_.go_away();
  EXPECT_FALSE(first->was_replaced()) << "nothing is known";
  cluster_.come_back();
  ASSERT_TRUE(first->save("two"));
  EXPECT_EQ(**first->load(), "two");
}

TEST_F(ConfigMapStoreTest, AStandbySavesNothing) {
  leads_ = false;
  EXPECT_FALSE(store("a")->save("x"));
  EXPECT_FALSE(cluster_.config_map("defender", "defenderd-state"));
}

TEST_F(ConfigMapStoreTest, AnAnswerThatWasLostIsNoConflict) {
  auto first = store("a");
  ASSERT_TRUE(first->save("one"));
  cluster_.fault(kubesim::Fault::drop(kubesim::When::After).on("update", "configmaps"));
  EXPECT_FALSE(first->save("two"));
  EXPECT_TRUE(first->save("three"));
  EXPECT_EQ(**first->load(), "three");
}

TEST_F(ConfigMapStoreTest, OneThatWasDeletedIsCreatedAgain) {
  auto first = store("a");
  ASSERT_TRUE(first->save("one"));
  cluster_.remove_config_map("defender", "defenderd-state");
  ASSERT_TRUE(first->save("two"));
  EXPECT_EQ(**first->load(), "two");
}

TEST_F(ConfigMapStoreTest, WhatIsDamagedIsKeptAside) {
  kubesim::ConfigMap damaged;
  damaged.data = {{"other", "text"}};
  cluster_.set_config_map("defender", "defenderd-state", damaged);
  auto first = store("a");
  EXPECT_EQ(*first->load(), std::nullopt) << "created by hand, without a state in it";
  ASSERT_TRUE(first->save("one"));
  const auto aside = first->set_aside();
  ASSERT_TRUE(aside) << aside.error().message;
  EXPECT_THAT(*aside, HasSubstr("the ConfigMap defenderd-state-damaged-"));
  EXPECT_TRUE(cluster_.config_map("defender", aside->substr(std::string("the ConfigMap ").size())));
}

TEST_F(ConfigMapStoreTest, WhatCannotBeReadIsNotDamaged) {
  ASSERT_TRUE(store("a")->save("one"));
  cluster_.fault(kubesim::Fault::answer(503).on("get", "configmaps"));
  auto next = store("b");
  EXPECT_FALSE(next->read_ahead());
  ASSERT_TRUE(next->read_ahead());
  cluster_.go_away();
  EXPECT_EQ(**next->load(), "one") << "as it was read ahead";
}

TEST_F(ConfigMapStoreTest, AnAnswerAboutSomethingElseIsNotAnEmptyState) {
  ASSERT_TRUE(store("a")->save("one"));
  for (const char* const body : kOtherAnswers) {
    auto next = store("b");
    answer("get", body);
    const auto read = next->read_ahead();
    ASSERT_FALSE(read) << body;
    EXPECT_THAT(read.error().message,
                HasSubstr("the answer about the ConfigMap defenderd-state cannot be used"));
    ASSERT_TRUE(next->read_ahead());
    EXPECT_EQ(**next->load(), "one") << body;
  }
}

TEST_F(ConfigMapStoreTest, OnlyTheApiSaysThatThereIsNone) {
  ASSERT_TRUE(store("a")->save("one"));
  for (const char* const body :
       {"404 page not found", "", "{}", R"({"kind":"Status","reason":"Forbidden","code":404})",
        R"({"kind":"Status","reason":"NotFound","details":{"name":"other"}})"}) {
    auto next = store("b");
    answer("get", body, 404);
    EXPECT_FALSE(next->read_ahead()) << body;
  }
}

TEST_F(ConfigMapStoreTest, AnAnswerAboutSomethingElseIsNoSave) {
  for (const std::string verb : {"create", "update"}) {
    for (const char* const body : kOtherAnswers) {
      auto leader = store("a");
      if (verb == "create") cluster_.remove_config_map("defender", "defenderd-state");
      ASSERT_TRUE(leader->load());
      answer(verb, body);
      const auto saved = leader->save("one");
      ASSERT_FALSE(saved) << verb << body;
      EXPECT_THAT(saved.error().message,
                  HasSubstr("cannot be saved in the ConfigMap defenderd-state"));
      ASSERT_TRUE(leader->save("two")) << verb << body;
      EXPECT_EQ(**leader->load(), "two");
    }
  }
}

TEST_F(ConfigMapStoreTest, AfterAConflictAnAnswerAboutSomethingElseAllowsNothing) {
  auto first = store("a");
  const auto kept = std::move(kube_);
  ASSERT_TRUE(first->save("old"));
  auto second = store("b");
  ASSERT_TRUE(second->load());
  ASSERT_TRUE(second->save("new"));
  for (const char* const body : kOtherAnswers) {
    answer("get", body);
    EXPECT_FALSE(first->save("older")) << body;
    EXPECT_EQ(cluster_.config_map("defender", "kube-root-ca.crt"), std::nullopt);
    EXPECT_EQ(**second->load(), "new") << body;
  }
}

TEST_F(ConfigMapStoreTest, ItsSizeIsBounded) {
  auto first = store("a");
  std::string alike;
  alike.resize(20'000'000, 'x');
  EXPECT_TRUE(first->fits(alike)) << "which compresses well";
  std::mt19937 random(1);
  std::string noise(800'000, '\0');
  for (char& c : noise) c = static_cast<char>(random());
  EXPECT_FALSE(first->fits(noise));
  const auto refused = first->save(noise);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("does not fit"));
}

TEST_F(ConfigMapStoreTest, NoRightIsNamed) {
  cluster_.deny("create", "configmaps");
  const auto refused = store("a")->save("x");
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message,
              HasSubstr("create configmaps/defenderd-state in namespace defender"));
}

}  // namespace
}  // namespace defenderd
