#include "arm/error_table.h"

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <vector>

#include "support/fake_clock.h"
#include "support/sim_azure.h"

namespace defenderd {
namespace {

using namespace std::chrono_literals;
using armsim::Fault;
using armsim::Operation;
using armsim::Subscription;

enum class Verb { Read, Write, Register };

struct Case {
  const char* description;
  // Makes Azure refuse the n-th subscription.
  std::function<void(SimAzure&, unsigned n)> world;
  Verb verb;
  int status;
  Reason reason;
  NextTry next;
  const char* message;  // part of it; {scope} as in the table
  bool maybe_applied = false;
  std::optional<Duration> wait = {};
};

std::function<void(SimAzure&, unsigned)> refused(int status, const std::string& code,
                                                 const std::string& message = "") {
  return [=](SimAzure& azure, unsigned n) {
    for (const Operation operation : {Operation::Read, Operation::Write}) {
      // Twice, because a refused token is replaced and tried again.
      azure.world().inject(
          Fault::answer(operation, status, code, message).at(azure.add(n)).repeated(2));
    }
  };
}

std::function<void(SimAzure&, unsigned)> state(const std::function<void(Subscription&)>& change) {
  return [=](SimAzure& azure, unsigned n) { azure.add(n, change); };
}

std::function<void(SimAzure&, unsigned)> state(
    const std::function<void(Subscription&)>& change,
    const std::function<void(armsim::Behaviour&)>& behaviour) {
  return [=](SimAzure& azure, unsigned n) {
    azure.world().set_behaviour(behaviour);
    azure.add(n, change);
  };
}

std::function<void(SimAzure&, unsigned)> throttled(const std::string& code,
                                                   const std::string& retry_after) {
  return [=](SimAzure& azure, unsigned n) {
    Fault fault = Fault::throttle(Operation::Read, retry_after);
    fault.code = code;
    azure.world().inject(fault.at(azure.add(n)));
  };
}

std::function<void(SimAzure&, unsigned)> unregistered(armsim::Unregistered shape) {
  return state([](Subscription& s) { s.registration = armsim::Registration::NotRegistered; },
               [shape](armsim::Behaviour& behaviour) { behaviour.unregistered = shape; });
}

std::vector<Case> cases() {
  using armsim::Unregistered;
  const char* const register_it = "let defenderd do it with azure.registerProvider: true";
  const auto disabled = [](Subscription& s) { s.state = "Disabled"; };
  const auto not_offered = [](Subscription& s) { s.plan_offered = false; };
  return {
      {"an expired token that stays expired", refused(401, "ExpiredAuthenticationToken"),
       Verb::Read, 401, Reason::Unauthorized, NextTry::Soon, "check this machine's clock"},
      {"a subscription of another tenant",
       state([](Subscription& s) { s.tenant = "aaaaaaaa-0000-4000-8000-000000000001"; }),
       Verb::Read, 401, Reason::WrongTenant, NextTry::Slow, "set the entry's tenantId"},
      {"a subscription that demands more claims",
       state([](Subscription& s) { s.challenge = R"({"access_token":{"acrs":{}}})"; }), Verb::Read,
       401, Reason::Unauthorized, NextTry::Slow, "a token with further claims (acrs)"},
      {"a token that makes no sense", refused(401, "InvalidAuthenticationToken"), Verb::Read, 401,
       Reason::Unauthorized, NextTry::Soon, "check azure.endpoints and the token's audience"},
      {"a proxy without a login", refused(407, ""), Verb::Read, 407, Reason::ConnectionFailed,
       NextTry::Slow, "add one to HTTPS_PROXY"},
      {"a disabled subscription", state(disabled), Verb::Write, 409, Reason::SubscriptionDisabled,
       NextTry::Slow, "re-enable it, or remove it from the desired state"},
      {"a disabled subscription, by another status",
       state(disabled, [](armsim::Behaviour& b) { b.disabled_status = 403; }), Verb::Write, 403,
       Reason::SubscriptionDisabled, NextTry::Slow, "re-enable it"},
      {"a disabled subscription, spelt otherwise", refused(400, "read only DISABLED subscription"),
       Verb::Write, 400, Reason::SubscriptionDisabled, NextTry::Slow, "re-enable it"},
      {"not registered, the code with spaces", unregistered(Unregistered::SpacedCode), Verb::Read,
       404, Reason::ProviderNotRegistered, NextTry::Slow, register_it},
      {"not registered, only the message says so", unregistered(Unregistered::PlainMessage),
       Verb::Read, 404, Reason::ProviderNotRegistered, NextTry::Slow, register_it},
      {"not registered, the code in one word", unregistered(Unregistered::JoinedCode), Verb::Read,
       404, Reason::ProviderNotRegistered, NextTry::Slow, register_it},
      {"not registered, ARM's own code", unregistered(Unregistered::ArmGeneric), Verb::Read, 409,
       Reason::ProviderNotRegistered, NextTry::Slow, register_it},
      {"not registered, in small letters", refused(409, "subscriptionnotregistered"), Verb::Read,
       409, Reason::ProviderNotRegistered, NextTry::Slow, register_it},
      {"a policy denies", state([](Subscription& s) { s.denied_by_policy = true; }), Verb::Write,
       403, Reason::PolicyDenied, NextTry::Slow,
       "denies the change{policies}; exempt {scope} from"},
      {"no role for registering", state([](Subscription& s) { s.access = armsim::Access::Read; }),
       Verb::Register, 403, Reason::Forbidden, NextTry::Slow,
       "role `defenderd` of deploy/azure on {scope}, or register"},
      {"no role at all", state([](Subscription& s) { s.access = armsim::Access::None; }),
       Verb::Read, 403, Reason::Forbidden, NextTry::Slow,
       "assign it the role `defenderd` of deploy/azure on {scope} (to observe: `defenderd "
       "observer`)"},
      {"a role for reading only", state([](Subscription& s) { s.access = armsim::Access::Read; }),
       Verb::Write, 403, Reason::Forbidden, NextTry::Slow, "Microsoft.Security/pricings/write"},
      {"no such subscription", [](SimAzure&, unsigned) {}, Verb::Read, 404,
       Reason::SubscriptionNotFound, NextTry::Slow, "check id and tenantId"},
      {"an id that ARM does not like", refused(400, "InvalidSubscriptionId"), Verb::Read, 400,
       Reason::SubscriptionNotFound, NextTry::Slow, "check its id"},
      {"a plan that is not offered", state(not_offered), Verb::Read, 400, Reason::PlanNotOffered,
       NextTry::Slow, "does not offer the AI services plan"},
      {"a plan that is not offered, by another status",
       state(not_offered, [](armsim::Behaviour& b) { b.unknown_plan_status = 404; }), Verb::Write,
       404, Reason::PlanNotOffered, NextTry::Slow, "remove the subscription"},
      {"a cloud without this version of the API", refused(400, "NoRegisteredProviderFound"),
       Verb::Read, 400, Reason::PlanNotOffered, NextTry::Slow, "this cloud or subscription"},
      {"another 404", refused(404, "ResourceNotFound", "nothing here"), Verb::Read, 404,
       Reason::SubscriptionNotFound, NextTry::Slow, "ResourceNotFound: nothing here"},
      {"a lock", state([](Subscription& s) { s.locked = true; }), Verb::Write, 409,
       Reason::ScopeLocked, NextTry::Slow, "remove the lock from {scope}"},
      {"another update in progress",
       refused(409, "Conflict", "Another update operation is in progress."), Verb::Write, 409,
       Reason::UpdateInProgress, NextTry::Busy, "ARM accepts one at a time"},
      {"changed meanwhile", refused(412, "PreconditionFailed", "The etag is stale."), Verb::Write,
       412, Reason::UpdateInProgress, NextTry::Busy, "changed the plan meanwhile"},
      {"locked by another operation", refused(423, "Locked", "Try later."), Verb::Write, 423,
       Reason::UpdateInProgress, NextTry::Busy, "has locked it"},
      {"a lock, by another status", refused(423, "ScopeLocked"), Verb::Write, 423,
       Reason::ScopeLocked, NextTry::Slow, "remove the lock from {scope}"},
      {"a sub plan that is no longer sold", refused(409, "InvalidInputError", "It is deprecated."),
       Verb::Write, 409, Reason::InvalidRequest, NextTry::Slow, "Microsoft has retired them"},
      {"too much traffic, as another status",
       refused(409, "Conflict",
               "The request for subscription 'x' could not be processed due to an excessive volume "
               "of traffic. Please try again later."),
       Verb::Write, 409, Reason::Throttled, NextTry::ServerWait, "passes after the pause"},
      {"throttled, the subscription's limit", throttled("SubscriptionRequestsThrottled", "0"),
       Verb::Read, 429, Reason::Throttled, NextTry::ServerWait,
       "passes after the pause that it asks for", false, 0s},
      {"throttled, the action's limit", throttled("ResourceRequestsThrottled", "372"), Verb::Read,
       429, Reason::Throttled, NextTry::ServerWait, "passes after the pause", false, 372s},
      {"throttled without a wish", throttled("TooManyRequests", ""), Verb::Read, 429,
       Reason::Throttled, NextTry::ServerWait, "passes after the pause"},
      {"throttled in the background",
       refused(503, "ServerBusy",
               "The request for subscription 'x' could not be processed due to an excessive volume "
               "of traffic. Please try again later."),
       Verb::Read, 503, Reason::Throttled, NextTry::ServerWait, "passes after the pause"},
      {"a body that the service cannot take",
       refused(500, "InternalServerError",
               "AdditionalProperties of Extension 'x' can't be updated while the extension is "
               "disabled (IsEnabled = False)"),
       Verb::Write, 500, Reason::InvalidRequest, NextTry::Slow, "report this as a bug", true},
      {"ARM's own timeout", refused(408, ""), Verb::Read, 408, Reason::Timeout, NextTry::Soon,
       "ARM gave up waiting"},
      {"the provider's timeout", refused(504, "GatewayTimeout"), Verb::Write, 504, Reason::Timeout,
       NextTry::Soon, "the plan is read again before another one", true},
      {"the provider's timeout of a read", refused(504, "GatewayTimeout"), Verb::Read, 504,
       Reason::Timeout, NextTry::Soon, "the plan is read again"},
      {"a temporary problem", refused(500, "InternalServerError"), Verb::Write, 500,
       Reason::ServerError, NextTry::Soon, "temporary problem", true},
      {"a bad gateway", refused(502, ""), Verb::Read, 502, Reason::ServerError, NextTry::Soon,
       "temporary problem"},
      {"not available", refused(503, "ServiceUnavailable"), Verb::Read, 503, Reason::ServerError,
       NextTry::Soon, "temporary problem"},
      {"a rare server error", refused(507, ""), Verb::Read, 507, Reason::ServerError, NextTry::Soon,
       "temporary problem"},
      {"a request that ARM does not like", refused(400, "InvalidInput", "bad thing"), Verb::Write,
       400, Reason::InvalidRequest, NextTry::Slow, "ARM answered PUT 400 InvalidInput: bad thing"},
      {"an answer of somebody else", refused(302, ""), Verb::Read, 302, Reason::InvalidRequest,
       NextTry::Slow, "check azure.endpoints.resourceManager and any proxy"},
  };
}

ArmCall register_call(unsigned n) {
  ArmCall call;
  call.operation = ArmOperation::Register;
  call.method = "POST";
  call.subscription = subscription_id(n);
  call.target = "/subscriptions/" + call.subscription.text() +
                "/providers/Microsoft.Security/register?api-version=2019-05-01";
  return call;
}

std::optional<Failure> ask(SimAzure& azure, unsigned n, Verb verb) {
  const PlanKey key{subscription_id(n), kDeclaredPlan};
  const auto failure_of = [](auto answer) {
    return answer ? std::nullopt : std::optional(answer.error());
  };
  switch (verb) {
    case Verb::Read:
      return failure_of(azure.plans().read(key, {}));
    case Verb::Write:
      return failure_of(azure.plans().write(key, standard_plan(), {}));
    case Verb::Register:
      return failure_of(azure.arm().call(register_call(n), {}));
  }
  return std::nullopt;
}

std::string for_scope(std::string text, unsigned n) {
  const std::string scope = "/subscriptions/" + subscription_id(n).text();
  const std::map<std::string, std::string> values{
      {"{scope}", scope},
      {"{policies}", ": 'Defender plans are fixed' assigned by " + scope +
                         "/providers/Microsoft.Authorization/policyAssignments/fixed"}};
  for (const auto& [name, value] : values) {
    if (const std::size_t at = text.find(name); at != std::string::npos)
      text.replace(at, name.size(), value);
  }
  return text;
}

TEST(ErrorTable, EachRefusalOfAzureHasAReasonANextTryAndAdvice) {
  FakeClock clock;
  SimAzure::Options options;
  options.simulator.tls = armsim::Tls::None;
  options.simulator.tenants.emplace_back("aaaaaaaa-0000-4000-8000-000000000001");
  SimAzure azure(clock, std::move(options));
  std::set<const ErrorRow*> used;
  unsigned n = 0;
  for (const Case& test : cases()) {
    SCOPED_TRACE(test.description);
    clock.advance(11s);  // so that throttled subscriptions do not count as one throttled tenant
    azure.world().set_behaviour([](armsim::Behaviour& behaviour) { behaviour = {}; });
    test.world(azure, ++n);
    const auto failure = ask(azure, n, test.verb);
    ASSERT_TRUE(failure);
    EXPECT_EQ(to_text(failure->reason), to_text(test.reason));
    EXPECT_EQ(failure->next, test.next);
    EXPECT_EQ(failure->http_status, test.status);
    EXPECT_EQ(failure->server_wait, test.wait);
    EXPECT_EQ(failure->maybe_applied, test.maybe_applied);
    EXPECT_NE(failure->message.find(for_scope(test.message, n)), std::string::npos)
        << failure->message;
    EXPECT_EQ(failure->message.find('{'), std::string::npos) << failure->message;
    EXPECT_NE(failure->trace.request_id, "");
    for (const ErrorRow& row : error_table()) {
      const std::string start = for_scope(std::string(row.advice), n) + ". ARM answered ";
      const bool same = row.reason == test.reason && failure->message.starts_with(start) &&
                        (row.status == 0 || row.status == 5 || row.status == test.status);
      if (same) used.insert(&row);
    }
  }
  for (const ErrorRow& row : error_table()) {
    EXPECT_TRUE(used.contains(&row)) << "no case for " << row.status << " " << row.code << " "
                                     << row.words << ": " << row.advice;
  }
}

TEST(ErrorTable, APolicysDenialIsKnownByItsAdditionalInformation) {
  CloudError error;
  error.code = "Forbidden";
  error.message = "no";
  error.policy_violation = true;
  const Failure failure = judge_answer(403, error, {subscription_id(1), "PUT"});
  EXPECT_EQ(failure.reason, Reason::PolicyDenied);
}

TEST(ErrorTable, WhatComesFromOutsideCannotForgeALogLine) {
  CloudError error;
  error.code = "Tea\nPot";
  error.message = std::string(3000, 'm') + "\n";
  const Failure failure = judge_answer(418, error, {subscription_id(1), "GET"});
  EXPECT_EQ(failure.message.find('\n'), std::string::npos);
  EXPECT_EQ(failure.arm_code, "Tea Pot");
  EXPECT_LT(failure.message.size(), 700U);
}

}  // namespace
}  // namespace defenderd
