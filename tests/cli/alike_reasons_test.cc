#include "cli/alike_reasons.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "support/builders.h"

namespace defenderd {
namespace {

TEST(AlikeReasons, FoldsWhatDiffersOnlyInIdsAndNumbers) {
  struct Case {
    const char* description;
    std::string first;
    std::string second;
    bool alike;
  };
  const std::vector<Case> cases{
      {"the same", "no role", "no role", true},
      {"own ids", "no role on " + guid(1), "no role on " + guid(2), true},
      {"ids of requests", "request 5a1f4a1c-8f9b-4a0e-b7b3-9b8c6d7e5f33 failed",
       "request 00000000-0000-4000-8000-000000000077 failed", true},
      {"times", "since 2026-01-01T00:00:00Z", "since 2026-01-01T00:05:00.250Z", true},
      {"other words", "no role", "no access", false},
      {"short numbers say something", "ARM answered 403", "ARM answered 404", false},
  };
  for (const Case& each : cases) {
    AlikeReasons reasons;
    reasons.add(declared(1, true), Reason::Forbidden, each.first);
    reasons.add(declared(2, true), Reason::Forbidden, each.second);
    const std::string text = reasons.with_examples({});
    EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), each.alike ? 1 : 2)
        << each.description << "\n"
        << text;
  }
}

TEST(AlikeReasons, NamesThreeAndTheNumberOfAll) {
  AlikeReasons reasons("failed");
  reasons.add(declared(1, true), Reason::Timeout, "too slow");
  EXPECT_EQ(reasons.with_examples({}), "failed (Timeout): sub-1: too slow\n");
  for (unsigned n = 2; n <= 3; ++n) reasons.add(declared(n, true), Reason::Timeout, "too slow");
  EXPECT_EQ(reasons.with_examples({}), "failed (Timeout): sub-1, sub-2, sub-3: too slow\n");
  reasons.add(declared(4, true), Reason::Timeout, "too slow");
  reasons.add(declared(4, true), Reason::Timeout, "too slow");  // another field
  EXPECT_EQ(reasons.with_examples({}),
            "failed (Timeout): 4 subscriptions (sub-1, sub-2, sub-3, ...): too slow\n");
}

TEST(AlikeReasons, AReasonIsNotAnother) {
  AlikeReasons reasons;
  reasons.add(declared(1, true), Reason::Timeout, "no answer");
  reasons.add(declared(2, true), Reason::ConnectionFailed, "no answer");
  reasons.add(declared(3, true), Reason::ConnectionFailed, "no answer");
  EXPECT_EQ(reasons.with_examples({}),
            "ConnectionFailed: sub-2, sub-3: no answer\nTimeout: sub-1: no answer\n");
}

TEST(AlikeReasons, KeepsTheIdWhereItIsOneSubscription) {
  AlikeReasons reasons;
  reasons.add(declared(1, true), Reason::Forbidden, "no role on " + guid(1));
  EXPECT_EQ(reasons.without_examples({}), "Forbidden: no role on " + guid(1) + "\n");
  reasons.add(declared(2, true), Reason::Forbidden, "no role on " + guid(2));
  EXPECT_EQ(reasons.without_examples({}), "Forbidden: no role on SUBSCRIPTION_ID\n");
}

TEST(AlikeReasons, AreWrappedAtATerminal) {
  AlikeReasons reasons("not readable");
  reasons.add(declared(1, true), Reason::Forbidden,
              "the identity may not do this; assign it the role Reader on /subscriptions/x");
  EXPECT_EQ(reasons.with_examples({50, true}),
            "\033[1mnot readable (Forbidden)\033[0m: sub-1: the identity may\n"
            "    not do this; assign it the role Reader on\n"
            "    /subscriptions/x\n");
}

TEST(AlikeReasons, ManyDifferentOnesAreNoTrouble) {
  AlikeReasons reasons;
  std::string word = "a";
  for (unsigned n = 0; n < 20'000; ++n) {
    word = word == std::string(word.size(), 'z') ? std::string(word.size() + 1, 'a') : word;
    for (std::size_t at = word.size(); at-- > 0;) {
      if (word[at] != 'z') {
        ++word[at];
        break;
      }
      word[at] = 'a';
    }
    reasons.add(declared(1, true), Reason::Forbidden, word);
  }
  const std::string text = reasons.with_examples({});
  EXPECT_GT(std::count(text.begin(), text.end(), '\n'), 1000);
}

}  // namespace
}  // namespace defenderd
