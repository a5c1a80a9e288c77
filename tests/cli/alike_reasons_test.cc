#include "cli/alike_reasons.h"

#include <gtest/gtest.h>

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
    const std::string text = reasons.with_examples(false);
    EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), each.alike ? 1 : 2)
        << each.description << "\n"
        << text;
  }
}

TEST(AlikeReasons, NamesThreeAndTheNumberOfAll) {
  AlikeReasons reasons("failed");
  reasons.add(declared(1, true), Reason::Timeout, "too slow");
  EXPECT_EQ(reasons.with_examples(false), "failed (Timeout): sub-1: too slow\n");
  for (unsigned n = 2; n <= 3; ++n) reasons.add(declared(n, true), Reason::Timeout, "too slow");
  EXPECT_EQ(reasons.with_examples(false), "failed (Timeout): sub-1, sub-2, sub-3: too slow\n");
  reasons.add(declared(4, true), Reason::Timeout, "too slow");
  reasons.add(declared(4, true), Reason::Timeout, "too slow");  // another field
  EXPECT_EQ(reasons.with_examples(false),
            "failed (Timeout): 4 subscriptions (sub-1, sub-2, sub-3, ...): too slow\n");
}

TEST(AlikeReasons, AReasonIsNotAnother) {
  AlikeReasons reasons;
  reasons.add(declared(1, true), Reason::Timeout, "no answer");
  reasons.add(declared(2, true), Reason::ConnectionFailed, "no answer");
  reasons.add(declared(3, true), Reason::ConnectionFailed, "no answer");
  EXPECT_EQ(reasons.with_examples(false),
            "ConnectionFailed: sub-2, sub-3: no answer\nTimeout: sub-1: no answer\n");
}

TEST(AlikeReasons, KeepsTheIdWhereItIsOneSubscription) {
  AlikeReasons reasons;
  reasons.add(declared(1, true), Reason::Forbidden, "no role on " + guid(1));
  EXPECT_EQ(reasons.without_examples(false), "Forbidden: no role on " + guid(1) + "\n");
  reasons.add(declared(2, true), Reason::Forbidden, "no role on " + guid(2));
  EXPECT_EQ(reasons.without_examples(false), "Forbidden: no role on SUBSCRIPTION_ID\n");
}

}  // namespace
}  // namespace defenderd
