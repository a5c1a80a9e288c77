// What must hold for every pair of declared and observed, tried on many generated ones.

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <functional>
#include <ostream>
#include <random>

#include "base/text.h"
#include "core/diff.h"

namespace defenderd {
namespace {

constexpr std::array<std::string_view, 6> kNames{
    "AIPromptEvidence", "AIPromptSharingWithPurview", "AIModelScanner", "AIFuture", "aiOther", "X"};

struct Pair {
  DesiredSubscription desired;
  Pricing observed;
};

// Makes pairs as YAML and ARM may hold them: each name at most once, in any case and order.
class Generator {
 public:
  Pair next() {
    Pair pair;
    pair.desired.plan = chance(3, 4);
    pair.desired.unnamed_extensions =
        chance(1, 3) ? UnnamedExtensions::Off : UnnamedExtensions::Leave;
    pair.observed.tier_text = one_of({"Free", "Standard", "Standard", "STANDARD", "Premium"});
    pair.observed.tier = parse_tier(pair.observed.tier_text);
    if (chance(1, 3)) pair.observed.sub_plan = "P1";
    if (chance(1, 3)) pair.observed.enforce = "False";
    if (chance(1, 3)) pair.observed.extra_json = R"({"x":1})";
    for (const std::string_view name : kNames) {
      if (chance(1, 2)) pair.desired.extensions.push_back({in_some_case(name), chance(1, 2)});
      if (chance(1, 2)) pair.observed.extensions.push_back(extension(name));
    }
    shuffle(pair.observed.extensions);
    return pair;
  }

  template <class T>
  void shuffle(std::vector<T>& items) {
    std::shuffle(items.begin(), items.end(), random_);
  }

 private:
  bool chance(unsigned of, unsigned in) { return random_() % in < of; }

  std::string one_of(const std::vector<std::string>& choices) {
    return choices[random_() % choices.size()];
  }

  std::string in_some_case(std::string_view name) {
    return chance(1, 3) ? to_lower(name) : std::string(name);
  }

  Extension extension(std::string_view name) {
    Extension result{in_some_case(name), chance(1, 2)};
    if (chance(1, 8)) {
      result.enabled.reset();
      result.enabled_text = "Maybe";
    }
    if (chance(1, 4)) result.extra_json = R"({"additionalExtensionProperties":{"a":"1"}})";
    return result;
  }

  std::mt19937 random_{4711};  // NOLINT(cert-msc51-cpp): a repeatable run
};

std::string describe(const Pair& pair) {
  std::string text = "desired plan " + std::string(on_off(pair.desired.plan));
  if (pair.desired.unnamed_extensions == UnnamedExtensions::Off) text += ", unnamed off";
  for (const DesiredExtension& e : pair.desired.extensions) {
    text += ", " + e.name + " " + std::string(on_off(e.on));
  }
  text += "; observed " + pair.observed.tier_text;
  for (const Extension& e : pair.observed.extensions) {
    text += ", " + e.name + " " + (e.enabled ? std::string(on_off(*e.enabled)) : e.enabled_text);
  }
  return text;
}

// The property tells whether the pair was one that it is about.
void for_many_pairs(const std::function<bool(Generator&, const Pair&)>& property) {
  Generator generator;
  int tried = 0;
  for (int i = 0; i < 5000; ++i) {
    const Pair pair = generator.next();
    tried += property(generator, pair) ? 1 : 0;
    if (testing::Test::HasFailure()) {
      FAIL() << "pair " << i << ": " << describe(pair);
    }
  }
  EXPECT_GE(tried, 500) << "too few of the pairs are such that it could fail";
}

// The declaration that asks for exactly what is observed.
DesiredSubscription as_observed(const Pricing& observed) {
  DesiredSubscription desired;
  desired.plan = observed.tier == Tier::Standard;
  for (const Extension& extension : observed.extensions) {
    desired.extensions.push_back({extension.name, extension.enabled.value_or(false)});
  }
  return desired;
}

TEST(DiffProperties, NothingDiffersFromItself) {
  for_many_pairs([](Generator&, const Pair& pair) {
    const bool sensible =
        pair.observed.tier != Tier::Other &&
        std::all_of(pair.observed.extensions.begin(), pair.observed.extensions.end(),
                    [](const Extension& e) { return e.enabled.has_value(); });
    if (!sensible) return false;
    EXPECT_EQ(diff(as_observed(pair.observed), pair.observed), std::vector<Drift>());
    return !pair.observed.extensions.empty();
  });
}

TEST(DiffProperties, TheChangesLeaveNoDrift) {
  for_many_pairs([](Generator&, const Pair& pair) {
    const auto drifts = diff(pair.desired, pair.observed);
    const Pricing written = with_changes(pair.desired, pair.observed, drifts);
    EXPECT_EQ(diff(pair.desired, written), std::vector<Drift>());
    return !drifts.empty();
  });
}

TEST(DiffProperties, TheChangesAreMadeOnce) {
  for_many_pairs([](Generator&, const Pair& pair) {
    const auto drifts = diff(pair.desired, pair.observed);
    const Pricing written = with_changes(pair.desired, pair.observed, drifts);
    EXPECT_EQ(with_changes(pair.desired, written, drifts), written);
    EXPECT_EQ(with_changes(pair.desired, written, {}), written);
    return !drifts.empty();
  });
}

TEST(DiffProperties, EveryDriftIsTrueAndListedOnceInOrder) {
  for_many_pairs([](Generator&, const Pair& pair) {
    const auto drifts = diff(pair.desired, pair.observed);
    for (const Drift& drift : drifts) {
      EXPECT_NE(drift.observed, on_off(drift.desired));
      EXPECT_EQ(drift.observed, observed_text(pair.observed, drift.field));
    }
    for (std::size_t i = 1; i < drifts.size(); ++i) {
      EXPECT_LT(drifts[i - 1].field, drifts[i].field);
    }
    return drifts.size() > 1;
  });
}

TEST(DiffProperties, OrderDoesNotMatter) {
  for_many_pairs([](Generator& generator, const Pair& pair) {
    Pair shuffled = pair;
    generator.shuffle(shuffled.desired.extensions);
    generator.shuffle(shuffled.observed.extensions);
    const auto drifts = diff(pair.desired, pair.observed);
    EXPECT_EQ(diff(shuffled.desired, shuffled.observed), drifts);
    return drifts.size() > 1;
  });
}

TEST(DiffProperties, CaseDoesNotMatter) {
  for_many_pairs([](Generator&, const Pair& pair) {
    Pair lower = pair;
    lower.observed.tier = parse_tier(to_lower(pair.observed.tier_text));
    for (Extension& extension : lower.observed.extensions) {
      extension.name = to_lower(extension.name);
    }
    const auto drifts = diff(pair.desired, pair.observed);
    const auto same = diff(lower.desired, lower.observed);
    EXPECT_EQ(drifts.size(), same.size());
    for (const Drift& drift : drifts) {
      EXPECT_TRUE(std::any_of(same.begin(), same.end(), [&](const Drift& other) {
        return iequals(other.field.extension_name(), drift.field.extension_name()) &&
               other.desired == drift.desired;
      })) << drift.field.text();
    }
    return !drifts.empty() && lower.observed != pair.observed;
  });
}

TEST(DiffProperties, UnnamedExtensionsAreLeftAsFound) {
  for_many_pairs([](Generator&, const Pair& pair) {
    if (!pair.desired.plan || pair.desired.unnamed_extensions == UnnamedExtensions::Off)
      return false;
    bool found_any = false;
    const auto drifts = diff(pair.desired, pair.observed);
    const Pricing written = with_changes(pair.desired, pair.observed, drifts);
    for (const Extension& found : pair.observed.extensions) {
      if (pair.desired.extension(found.name)) continue;
      found_any = true;
      const Extension* const kept = written.find(found.name);
      if (kept == nullptr) {
        ADD_FAILURE() << found.name << " is gone";
      } else {
        EXPECT_EQ(*kept, found) << found.name;
      }
    }
    return found_any && !drifts.empty();
  });
}

TEST(DiffProperties, WhatIsNotOwnedIsCarriedAlong) {
  for_many_pairs([](Generator&, const Pair& pair) {
    const Pricing written =
        with_changes(pair.desired, pair.observed, diff(pair.desired, pair.observed));
    EXPECT_EQ(written.enforce, pair.observed.enforce);
    EXPECT_EQ(written.extra_json, pair.observed.extra_json);
    bool carried = pair.observed.enforce.has_value() || !pair.observed.extra_json.empty();
    for (const Extension& extension : written.extensions) {
      const Extension* const found = pair.observed.find(extension.name);
      if (found == nullptr) continue;
      EXPECT_EQ(extension.extra_json, found->extra_json) << extension.name;
      carried = carried || !extension.extra_json.empty();
    }
    return carried && written != pair.observed;
  });
}

TEST(DiffProperties, SwitchingOnNamesEveryExtensionOfTheYaml) {
  for_many_pairs([](Generator&, const Pair& pair) {
    if (!pair.desired.plan || pair.observed.tier == Tier::Standard) return false;
    const auto drifts = diff(pair.desired, pair.observed);
    const Pricing written = with_changes(pair.desired, pair.observed, drifts);
    EXPECT_EQ(written.tier, Tier::Standard);
    for (const DesiredExtension& named : pair.desired.extensions) {
      const Extension* const extension = written.find(named.name);
      EXPECT_TRUE(extension != nullptr && extension->enabled == named.on) << named.name;
    }
    return !pair.desired.extensions.empty();
  });
}

TEST(DiffProperties, OffIsFreeWithoutExtensions) {
  for_many_pairs([](Generator&, const Pair& pair) {
    if (pair.desired.plan) return false;
    const auto drifts = diff(pair.desired, pair.observed);
    if (drifts.empty()) return false;
    const Pricing written = with_changes(pair.desired, pair.observed, drifts);
    EXPECT_EQ(written.tier, Tier::Free);
    EXPECT_TRUE(written.extensions.empty());
    EXPECT_FALSE(written.sub_plan.has_value());
    return true;
  });
}

}  // namespace
}  // namespace defenderd
