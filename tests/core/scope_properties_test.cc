// What must hold for every desired state with scopes and every answer of Azure, tried on many.

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>

#include "core/scope_resolution.h"
#include "support/ids.h"
#include "support/tally.h"

namespace defenderd {
namespace {

class Generator {
 public:
  SubscriptionId id() { return subscription_id(random_() % 20); }
  std::vector<Tag> tags(unsigned most) {
    std::vector<Tag> result;
    for (auto i = random_() % (most + 1); i > 0; --i) {
      result.push_back({pick({"env", "ENV", "team"}), pick({"prod", "test", ""})});
    }
    return result;
  }
  DesiredState declared() {
    DesiredState state;
    std::set<SubscriptionId> ids;
    for (auto i = random_() % 4; i > 0; --i) {
      DesiredSubscription one;
      one.id = id();
      if (ids.insert(one.id).second) state.subscriptions.emplace_back(one);
    }
    for (auto i = random_() % 5; i > 0; --i) {
      Scope one;
      one.tags = tags(2);
      if (random_() % 2 == 0) one.management_group = pick({"a", "b", "root"});
      one.all_visible = one.tags.empty() && one.management_group.empty();
      for (auto n = random_() % 3; n > 0; --n) one.exclude.push_back(id());
      std::sort(one.exclude.begin(), one.exclude.end());
      one.declares.plan = random_() % 4 != 0;
      one.declares.mode = random_() % 4 == 0 ? Mode::Observe : Mode::Enforce;
      one.declares.source = "a.yaml:" + std::to_string(i);
      state.scopes.push_back(std::move(one));
    }
    return state;
  }
  std::vector<DiscoveredSubscription> discovered() {
    std::vector<DiscoveredSubscription> result;
    std::set<SubscriptionId> ids;
    for (auto i = random_() % 12; i > 0; --i) {
      DiscoveredSubscription one;
      one.id = id();
      one.state = pick({"Enabled", "Enabled", "Warned", "Disabled", "Deleted"});
      one.tags = tags(3);
      if (random_() % 4 != 0) one.management_groups = {{pick({"a", "b"}), "root"}};
      if (ids.insert(one.id).second) result.push_back(std::move(one));
    }
    return result;
  }
  template <class T>
  void shuffle(std::vector<T>& items) {
    std::shuffle(items.begin(), items.end(), random_);
  }

 private:
  std::string pick(const std::vector<std::string>& of) { return of[random_() % of.size()]; }
  std::mt19937 random_{4711};  // NOLINT(cert-msc51-cpp): a repeatable run
};

// The same by the words of the reference, without an index.
std::vector<const Scope*> covering(const DesiredState& declared,
                                   const DiscoveredSubscription& one) {
  std::vector<const Scope*> result;
  for (const Scope& scope : declared.scopes) {
    if (matches(scope, one)) result.push_back(&scope);
  }
  return result;
}

constexpr int kRounds = 3000;

void count(const Resolution& got, Tally& tally) {
  if (got.covered > 0) ++tally["covered"];
  if (!got.uncovered.empty()) ++tally["uncovered"];
  if (!got.conflicts.empty()) ++tally["conflicts"];
  if (got.effective.subscriptions.size() > got.covered) ++tally["listed"];
}

void expect_tried_all(const Tally& tally) {
  expect_tried(tally, {{"covered", 300}, {"uncovered", 300}, {"conflicts", 300}, {"listed", 300}});
}

TEST(ResolveProperty, EachInSightIsCoveredOrReportedOrExcluded) {
  Generator generator;
  Tally tally;
  for (int round = 0; round < kRounds; ++round) {
    const DesiredState declared = generator.declared();
    const auto discovered = generator.discovered();
    const Resolution got = resolve(declared, discovered);
    count(got, tally);
    const std::size_t entries = declared.subscriptions.size();
    ASSERT_EQ(got.effective.subscriptions.size(), entries + got.covered);
    std::set<SubscriptionId> listed;
    for (std::size_t i = 0; i < entries; ++i) {
      ASSERT_EQ(got.effective.subscriptions[i], declared.subscriptions[i]);
      listed.insert(declared.subscriptions[i]->id);
    }
    std::set<SubscriptionId> covered;
    for (std::size_t i = entries; i < got.effective.subscriptions.size(); ++i) {
      ASSERT_TRUE(covered.insert(got.effective.subscriptions[i]->id).second) << "each once";
    }
    std::set<SubscriptionId> uncovered;
    for (const UncoveredSubscription& one : got.uncovered) {
      ASSERT_TRUE(uncovered.insert(one.id).second) << "each once";
    }
    for (const DiscoveredSubscription& one : discovered) {
      const auto scopes = covering(declared, one);
      const bool agree = std::all_of(scopes.begin(), scopes.end(), [&](const Scope* other) {
        return disagreements(scopes.front()->declares, other->declares).empty();
      });
      const bool may_cover = !listed.contains(one.id) && takes_writes(one.state);
      ASSERT_EQ(covered.contains(one.id), may_cover && !scopes.empty() && agree);
      const bool excluded =
          std::any_of(declared.scopes.begin(), declared.scopes.end(), [&](const Scope& scope) {
            return std::binary_search(scope.exclude.begin(), scope.exclude.end(), one.id);
          });
      const bool silent = listed.contains(one.id) || one.state == "Deleted" ||
                          covered.contains(one.id) || (excluded && (agree || !may_cover));
      ASSERT_EQ(uncovered.contains(one.id), !silent) << one.id.text();
      if (excluded) ++tally["excluded"];
      if (!agree) ++tally["scopes that disagree"];
      if (listed.contains(one.id)) ++tally["listed and seen"];
    }
  }
  expect_tried_all(tally);
  expect_tried(tally, {{"excluded", 300}, {"scopes that disagree", 300}, {"listed and seen", 300}});
}

TEST(ResolveProperty, TheOrderOfTheAnswerDoesNotMatter) {
  Generator generator;
  Tally tally;
  for (int round = 0; round < kRounds; ++round) {
    const DesiredState declared = generator.declared();
    auto discovered = generator.discovered();
    const Resolution first = resolve(declared, discovered);
    generator.shuffle(discovered);
    const Resolution second = resolve(declared, discovered);
    ASSERT_EQ(first.effective, second.effective);
    ASSERT_EQ(first.conflicts, second.conflicts);
    ASSERT_EQ(first.uncovered, second.uncovered);
    count(first, tally);
  }
  expect_tried_all(tally);
}

TEST(ResolveProperty, TheOrderOfTheScopesDoesNotMatterForWhatIsDone) {
  Generator generator;
  Tally tally;
  for (int round = 0; round < kRounds; ++round) {
    DesiredState declared = generator.declared();
    const auto discovered = generator.discovered();
    Resolution first = resolve(declared, discovered);
    generator.shuffle(declared.scopes);
    Resolution second = resolve(declared, discovered);
    for (Resolution* one : {&first, &second}) {
      for (Declaration& declaration : one->effective.subscriptions) {
        DesiredSubscription subscription = *declaration;
        subscription.source.clear();
        declaration = std::move(subscription);
      }
    }
    ASSERT_EQ(first.effective, second.effective);
    ASSERT_EQ(first.uncovered, second.uncovered);
    count(first, tally);
  }
  expect_tried_all(tally);
}

TEST(ResolveProperty, ResolvingTwiceChangesNothing) {
  Generator generator;
  Tally tally;
  for (int round = 0; round < kRounds; ++round) {
    const auto discovered = generator.discovered();
    const Resolution once = resolve(generator.declared(), discovered);
    EXPECT_EQ(resolve(once.effective, discovered).effective, once.effective);
    count(once, tally);
  }
  expect_tried_all(tally);
}

}  // namespace
}  // namespace defenderd
