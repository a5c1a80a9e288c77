// What the client makes of answers that are not what they seem to be: of something in front of ARM,
// without extensions, with failures in other forms. Judged by a reconcile.

#include "arm/pricing_client.h"

#include <gmock/gmock.h>

#include "arm/arm_client.h"
#include "reconcile/reconciler.h"
#include "support/builders.h"
#include "support/fake_clock.h"
#include "support/sim_azure.h"

namespace defenderd {
namespace {

using testing::HasSubstr;
using testing::Not;

const HttpHeaders kArm{{"x-ms-request-id", "1"}, {"Content-Type", "application/json"}};
const HttpHeaders kHtml{{"Content-Type", "text/html"}};
constexpr const char* kPage = "<!DOCTYPE html><html><title>Blocked</title></html>";

std::string standard(const std::string& more) {
  return R"({"properties":{"pricingTier":"Standard")" + more + "}}";
}
// One extension, `more` are further members of it.
std::string evidence_shown(bool on, const std::string& more = "") {
  return standard(R"(,"extensions":[{"name":"AIPromptEvidence","isEnabled":")" +
                  std::string(on ? "True" : "False") + "\"" + more + "}]");
}

// An ARM with one plan, and what stands in front of it.
class FrontedArm final : public Transport {
 public:
  Result<HttpResponse, TransportError> send(const HttpRequest& request,
                                            std::stop_token /*stop*/) override {
    if (request.method == "GET") return HttpResponse{200, kArm, shown};
    ++writes;
    if (!after_write.empty()) shown = after_write;
    return put;
  }
  std::string shown;
  std::string after_write;  // "": nothing is applied
  HttpResponse put;
  int writes = 0;
};

class PricingClientTest : public testing::Test {
 protected:
  Outcome reconcile(bool evidence_on, const Before& before = {}) {
    return Reconciler(client_, clock_, {})
        .reconcile(declared(1, true, {evidence(evidence_on)}), before, {}, {});
  }

  FakeClock clock_;
  FrontedArm azure_;
  FixedToken source_;
  TokenCache tokens_{source_, clock_, {}};
  Throttle throttle_{clock_, {1e6, 1e6}};
  ArmClient arm_{azure_, tokens_, throttle_,
                 clock_, {},      {{true, "management.azure.com", 443}, "test"}};
  PricingClient client_{arm_};
};

std::vector<HttpResponse> foreign_answers() {
  const HttpHeaders login{{"Location", "https://login.example/"}};
  return {
      {302, login, ""},    {307, login, ""},
      {403, kHtml, kPage}, {405, kHtml, kPage},
      {400, kHtml, kPage}, {200, kHtml, kPage},
      {200, {}, ""},       {200, {}, R"({"error":{"code":"Blocked","message":"by a rule"}})"},
      {202, {}, ""},       {204, {}, ""},
  };
}

TEST_F(PricingClientTest, AWriteThatSomethingElseAnswersIsNotCalledAccepted) {
  for (const HttpResponse& answer : foreign_answers()) {
    SCOPED_TRACE(std::to_string(answer.status) + " " + answer.body);
    azure_.shown = evidence_shown(false);
    azure_.put = answer;
    azure_.writes = 0;
    const Outcome outcome = reconcile(true);
    EXPECT_EQ(outcome.state, State::Failing);
    EXPECT_EQ(outcome.reason, Reason::MalformedAnswer);
    EXPECT_THAT(outcome.message, HasSubstr("proxy"));
    EXPECT_THAT(outcome.message, Not(HasSubstr("accepted")));
    ASSERT_TRUE(outcome.failure);
    EXPECT_EQ(outcome.failure->next, NextTry::Soon);
    EXPECT_TRUE(outcome.failure->maybe_applied);
    ASSERT_EQ(outcome.unconfirmed.size(), 1U);
    EXPECT_FALSE(outcome.unconfirmed[0].accepted);
    const Outcome next = reconcile(true, before_next(outcome));
    EXPECT_EQ(next.reason, Reason::MalformedAnswer);
    EXPECT_EQ(azure_.writes, 2) << "it is not paused as one that ARM accepted";
  }
}

TEST_F(PricingClientTest, AWriteThatArmAppliedCountsWhateverAnswersIt) {
  for (const HttpResponse& answer : foreign_answers()) {
    SCOPED_TRACE(std::to_string(answer.status) + " " + answer.body);
    azure_.shown = evidence_shown(false);
    azure_.after_write = evidence_shown(true);
    azure_.put = answer;
    const Outcome outcome = reconcile(true);
    EXPECT_EQ(outcome.state, State::InSync) << outcome.message;
    ASSERT_EQ(outcome.changes.size(), 1U);
    EXPECT_EQ(outcome.changes[0].result, ChangeResult::Applied);
  }
}

// The value was as wanted before, so that a read shows it again proves nothing.
TEST_F(PricingClientTest, AnExtensionThatFailedIsNotProvenByAForeignAnswer) {
  azure_.shown = evidence_shown(true);
  azure_.put = {403, kHtml, kPage};
  Before before{State::Failing, Reason::ExtensionFailed, "failed"};
  Unresolved unresolved;
  unresolved.unproven = {{"AIPromptEvidence", "no permission"}};
  before.unresolved = std::move(unresolved);
  const Outcome outcome = reconcile(true, before);
  EXPECT_EQ(outcome.reason, Reason::MalformedAnswer);
  ASSERT_EQ(outcome.changes.size(), 1U);
  EXPECT_EQ(outcome.changes[0].result, ChangeResult::Failed);
  EXPECT_EQ(outcome.unproven.size(), 1U);
}

TEST_F(PricingClientTest, APlanThatIsOnWithoutExtensionsIsNoAnswer) {
  for (const char* list : {"", R"(,"extensions":null)", R"(,"extensions":[])"}) {
    for (const bool on : {false, true}) {
      SCOPED_TRACE(std::string(list) + (on ? " on" : " off"));
      azure_.shown = standard(list);
      const Outcome outcome = reconcile(on);
      EXPECT_EQ(outcome.state, State::Failing);
      EXPECT_EQ(outcome.reason, Reason::MalformedAnswer);
      EXPECT_THAT(outcome.message, HasSubstr("properties.extensions is missing, null or empty"));
      EXPECT_FALSE(outcome.observed);
      EXPECT_EQ(azure_.writes, 0);
    }
  }
}

TEST_F(PricingClientTest, WhereNoExtensionIsDeclaredNoneIsNeeded) {
  azure_.shown = standard("");
  const Reconciler reconciler(client_, clock_, {});
  EXPECT_EQ(reconciler.reconcile(declared(1, true), {}, {}, {}).state, State::InSync);
  EXPECT_EQ(azure_.writes, 0);
  azure_.put = {200, kArm, R"({"properties":{"pricingTier":"Free"}})"};
  azure_.after_write = azure_.put.body;
  EXPECT_EQ(reconciler.reconcile(declared(1, false), {}, {}, {}).state, State::InSync);
  EXPECT_EQ(azure_.writes, 1);
  azure_.shown = standard("");
  DesiredSubscription strict = declared(1, true);
  strict.unnamed_extensions = UnnamedExtensions::Off;
  EXPECT_EQ(reconciler.reconcile(strict, {}, {}, {}).reason, Reason::MalformedAnswer);
}

TEST_F(PricingClientTest, AListThatLacksOneExtensionAndAPlanThatIsOffAreAnswers) {
  azure_.shown = standard(R"(,"extensions":[{"name":"AIModelScanner","isEnabled":"True"}])");
  EXPECT_EQ(reconcile(false).state, State::InSync);
  azure_.shown = R"({"properties":{"pricingTier":"Free"}})";
  azure_.after_write = evidence_shown(true);
  azure_.put = {200, kArm, standard("")};
  EXPECT_EQ(reconcile(true).state, State::InSync) << "a read shows what the answer leaves out";
}

TEST_F(PricingClientTest, AStatusThatIsNotSucceededProvesNothing) {
  const std::vector<std::string> statuses{
      R"(,"operationStatus":"Failed")",
      R"(,"operationStatus":[{"code":"Succeeded"},{"code":"Failed"}])",
      R"(,"operationStatus":{"code":"failed "})",
      R"(,"operationStatus":{"code":"PartiallyFailed"})",
      R"(,"operationStatus":{"code":7})",
  };
  for (const std::string& status : statuses) {
    SCOPED_TRACE(status);
    azure_.shown = evidence_shown(true, status);
    azure_.after_write = "";
    azure_.put = {200, kArm, azure_.shown};
    EXPECT_EQ(reconcile(true).reason, Reason::ExtensionFailed) << "of a read";
    azure_.shown = evidence_shown(false);
    azure_.after_write = evidence_shown(true);
    const Outcome outcome = reconcile(true);
    EXPECT_EQ(outcome.reason, Reason::ExtensionFailed) << "of a write";
    EXPECT_EQ(outcome.changes.at(0).result, ChangeResult::Failed);
  }
  azure_.shown = evidence_shown(false);
  azure_.put.body = standard(
      R"(,"provisioningState":"Failed","extensions":[{"name":"AIPromptEvidence","isEnabled":"True"}])");
  const Outcome outcome = reconcile(true);
  EXPECT_EQ(outcome.reason, Reason::ExtensionFailed);
  EXPECT_THAT(outcome.message, HasSubstr("provisioningState"));
}

TEST_F(PricingClientTest, WhatArmIsStillWorkingOnIsWaitedFor) {
  const std::string working = R"(,"operationStatus":{"code":"InProgress"})";
  azure_.shown = evidence_shown(true, working);
  const Outcome outcome = reconcile(true);
  EXPECT_EQ(outcome.result, ReconcileResult::Retry);
  EXPECT_EQ(outcome.reason, Reason::UpdateInProgress);
  EXPECT_NE(outcome.state, State::InSync);
  EXPECT_EQ(azure_.writes, 0);
  azure_.shown = evidence_shown(false);
  azure_.after_write = evidence_shown(true);
  azure_.put = {200, kArm, evidence_shown(true, working)};
  const Outcome written = reconcile(true);
  EXPECT_EQ(written.reason, Reason::UpdateInProgress);
  const Outcome next = reconcile(true, before_next(written));
  EXPECT_EQ(next.state, State::InSync);
  EXPECT_EQ(azure_.writes, 1);
}

}  // namespace
}  // namespace defenderd
