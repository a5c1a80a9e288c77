#include "telemetry/safety_section.h"

#include <gtest/gtest.h>

#include "base/time_text.h"
#include "support/builders.h"
#include "support/damaged_text.h"

namespace defenderd {
namespace {

const WallTime kAt = *parse_rfc3339("2026-01-01T10:00:00.250Z");

SafetyMemory full() {
  SafetyMemory memory;
  memory.brakes[0].switched = {
      {{subscription_id(1), Field::plan(kDeclaredPlan)}, kAt},
      {{subscription_id(2), Field::extension(kDeclaredPlan, "AIPromptEvidence")}, kAt}};
  memory.brakes[0].confirmed = {
      {{subscription_id(3), Field::extension(kDeclaredPlan, "plan")}, "3f2a91bc"}};
  memory.brakes[1].switched = {{{subscription_id(4), Field::plan(kDeclaredPlan)}, kAt}};
  memory.spent_codes = {"0badc0de", "12345678"};
  memory.withdrawn_codes = {"cafe0001"};
  memory.contests = {{{subscription_id(5), Field::plan(kDeclaredPlan)},
                      true,
                      {{kAt, kAt + std::chrono::minutes(1)}, kAt, 2, true}}};
  memory.rollout = {{1, 0x0102030405060708, ~0ULL}, {1}, {}, {1}, {kAt}};
  return memory;
}

TEST(SafetySection, IsReadBackAsItWas) {
  for (const SafetyMemory& memory : {SafetyMemory{}, full()}) {
    const auto read = parse_safety_section(format(memory));
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(*read, memory);
  }
}

TEST(SafetySection, HasADocumentedForm) {
  EXPECT_EQ(format(full()),
            R"({"disable":{"switched":[)"
            R"({"subscription":"00000000-0000-4000-8000-000000000001","field":"plan",)"
            R"("at":"2026-01-01T10:00:00.250Z"},)"
            R"({"subscription":"00000000-0000-4000-8000-000000000002",)"
            R"("extension":"AIPromptEvidence","at":"2026-01-01T10:00:00.250Z"}],"confirmed":[)"
            R"({"subscription":"00000000-0000-4000-8000-000000000003","extension":"plan",)"
            R"("code":"3f2a91bc"}]},)"
            R"("enable":{"switched":[)"
            R"({"subscription":"00000000-0000-4000-8000-000000000004","field":"plan",)"
            R"("at":"2026-01-01T10:00:00.250Z"}],"confirmed":[]},)"
            R"("spentCodes":["0badc0de","12345678"],"withdrawnCodes":["cafe0001"],"corrections":[)"
            R"({"subscription":"00000000-0000-4000-8000-000000000005","field":"plan","to":"on",)"
            R"("corrections":["2026-01-01T10:00:00.250Z","2026-01-01T10:01:00.250Z"],)"
            R"("active":"2026-01-01T10:00:00.250Z","since":2,"contested":true}],)"
            R"("rollout":{"reached":"AQAAAAAAAAAIBwYFBAMCAf__________",)"
            R"("started":"AQAAAAAAAAA","excused":"","failing":"AQAAAAAAAAA",)"
            R"("starts":["2026-01-01T10:00:00.250Z"]}})");
}

TEST(SafetySection, ADocumentOfAnEarlierVersionHasNoCorrectionsAndNoCodes) {
  const auto read =
      parse_safety_section(R"({"disable":{"switched":[],"confirmed":[)"
                           R"({"subscription":"00000000-0000-4000-8000-000000000003",)"
                           R"("field":"plan"}]},)"
                           R"("enable":{"switched":[],"confirmed":[]},"spentCodes":["0badc0de"]})");
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_TRUE(read->contests.empty());
  EXPECT_EQ(read->brakes[0].confirmed,
            (std::vector<RememberedConfirmation>{
                {{subscription_id(3), Field::plan(kDeclaredPlan)}, ""}}));
  EXPECT_EQ(read->rollout, RememberedRollout());
}

// Half of a memory would be a shorter window.
TEST(SafetySection, WhatIsNotUnderstoodWhollyIsAnError) {
  const std::string good = format(full());
  expect_rejects_each(
      good,
      {{good, "[]"},
       {good, ""},
       {R"("spentCodes":["0badc0de","12345678"])", R"("spentCodes":["0badc0de",1])"},
       {R"("spentCodes":)", R"("spentCode":)"},
       {R"("field":"plan")", R"("field":"evidence")"},
       {"-000000000002", ""},
       {"2026-01-01T10:00:00.250Z", "yesterday"},
       {"\"enable\":{", R"("enable":{"switched":0,"x":{)"},
       {R"("confirmed":[])", R"("confirmed":{})"},
       {R"("extension":"AIPromptEvidence")", R"("extension":"")"},
       {R"("to":"on")", R"("to":"up")"},
       {R"("contested":true)", R"("contested":1)"},
       {R"("corrections":[{)", R"("corrections":[0,{)"}},
      parse_safety_section);
}

}  // namespace
}  // namespace defenderd
