#include "core/actor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "base/time_text.h"
#include "support/ids.h"

namespace defenderd {
namespace {

constexpr const char* kPortal = "c44b4083-3bb0-49c1-b47d-974e53cbdf3c";
constexpr const char* kApp = "11111111-0000-4000-8000-0000000000aa";

WallTime at(const std::string& time) { return *parse_rfc3339("2026-01-01T" + time + "Z"); }

ActorQuestion question() {
  ActorQuestion result{subscription_id(1)};
  result.fields = {Field::plan(kDeclaredPlan)};
  result.as_declared_at = at("14:00:00");
  result.seen_at = at("14:05:00");
  result.own_writes = {"our-correction"};
  return result;
}

// A write of a person with the portal, which the question is about.
ActivityEvent write(const std::function<void(ActivityEvent&)>& change = {}) {
  ActivityEvent event;
  event.at = at("14:02:11");
  event.operation = "Microsoft.Security/pricings/write";
  event.resource_id = "/subscriptions/" + guid(1) + "/providers/Microsoft.Security/pricings/AI";
  event.phase = "EndRequest";
  event.status = "Succeeded";
  event.correlation_id = "theirs";
  event.caller = "alice@contoso.com";
  event.upn = "alice@contoso.com";
  event.name = "Alice";
  event.app_id = kPortal;
  if (change) change(event);
  return event;
}

ActivityEvent by_application(const std::function<void(ActivityEvent&)>& change = {}) {
  return write([&](ActivityEvent& event) {
    event.caller = kApp;
    event.upn = event.name = "";
    event.app_id = kApp;
    if (change) change(event);
  });
}

ActivityEvent deployment() {
  return by_application([](ActivityEvent& event) {
    event.operation = "MICROSOFT.RESOURCES/DEPLOYMENTS/WRITE";
    event.resource_id = "/subscriptions/" + guid(1) +
                        "/providers/Microsoft.Resources/deployments/PolicyDeployment_7";
  });
}

struct FindCase {
  const char* name;
  std::vector<ActivityEvent> events;
  std::string found;  // their correlation ids; "" is none
  int rounds = 0;     // so far
};

void PrintTo(const FindCase& one, std::ostream* out) { *out << one.name; }

class FindWrite : public testing::TestWithParam<FindCase> {};

TEST_P(FindWrite, AreThoseThatCanHaveMadeTheChange) {
  ActorQuestion asked = question();
  asked.rounds = GetParam().rounds;
  asked.earlier_writes = {"earlier"};
  std::string found;
  for (const ActivityEvent* const write : find_writes(asked, GetParam().events))
    found += (found.empty() ? "" : " ") + write->correlation_id;
  EXPECT_EQ(found, GetParam().found);
}

// A write of this person then.
ActivityEvent by(const std::string& upn, const std::string& time, const std::string& id) {
  return write([&](ActivityEvent& it) {
    it.upn = it.caller = upn;
    it.at = at(time);
    it.correlation_id = id;
  });
}

constexpr int kLast = static_cast<int>(kAskedAfter.size()) - 1;

INSTANTIATE_TEST_SUITE_P(
    Events, FindWrite,
    testing::Values(
        FindCase{"Nothing", {}, ""}, FindCase{"AWrite", {write()}, "theirs"},
        FindCase{"InCapitals",
                 {write([](ActivityEvent& it) {
                   it.operation = "MICROSOFT.SECURITY/PRICINGS/WRITE";
                   it.resource_id =
                       "/SUBSCRIPTIONS/" + guid(1) + "/PROVIDERS/MICROSOFT.SECURITY/PRICINGS/ai";
                   it.phase = "endrequest";
                 })},
                 "theirs"},
        FindCase{"TheBeginning",
                 {write([](ActivityEvent& it) {
                   it.phase = "BeginRequest";
                   it.status = "Started";
                 })},
                 ""},
        FindCase{"AFailure", {write([](ActivityEvent& it) { it.status = "Failed"; })}, ""},
        FindCase{"AnotherPlan",
                 {write([](ActivityEvent& it) {
                   it.resource_id =
                       "/subscriptions/" + guid(1) + "/providers/Microsoft.Security/pricings/Api";
                 })},
                 ""},
        FindCase{"AnotherSubscription",
                 {write([](ActivityEvent& it) {
                   it.resource_id =
                       "/subscriptions/" + guid(2) + "/providers/Microsoft.Security/pricings/AI";
                 })},
                 ""},
        FindCase{
            "ARead",
            {write([](ActivityEvent& it) { it.operation = "Microsoft.Security/pricings/read"; })},
            ""},
        FindCase{"OurCorrection",
                 {write([](ActivityEvent& it) { it.correlation_id = "our-correction"; })},
                 ""},
        FindCase{"OurOlderWrite",
                 {write([](ActivityEvent& it) {
                   it.is_own = true;
                   it.at = at("13:59:58");
                 })},
                 ""},
        FindCase{
            "OurIdentityElsewhere", {write([](ActivityEvent& it) { it.is_own = true; })}, "theirs"},
        FindCase{"BeforeItWasAsDeclared", {by("alice", "13:59:59", "before")}, ""},
        FindCase{"ClocksDiffer", {by("alice", "13:56:00", "before")}, "before", kLast},
        FindCase{"ClocksDifferTheOtherWay", {by("alice", "14:09:00", "after")}, "after", kLast},
        FindCase{"AfterItWasSeen", {by("alice", "14:05:11", "after")}, ""},
        FindCase{"ItsAnswerWasSentJustAfter", {by("alice", "14:05:09", "after")}, "after"},
        FindCase{"WithinIsBetterThanBefore",
                 {by("alice", "13:59:00", "before"), by("bob", "14:02:00", "within")},
                 "within",
                 kLast},
        FindCase{"LongBefore", {by("alice", "13:54:00", "before")}, "", kLast},
        FindCase{"LongAfter", {by("alice", "14:11:00", "after")}, "", kLast},
        FindCase{"OneThatWasCorrected",
                 {by("alice", "13:58:00", "before"), by("us", "13:58:01", "earlier")},
                 "",
                 kLast},
        FindCase{"OneThatWasCorrectedWhileAzuresClockIsAhead",
                 {by("alice", "14:01:00", "before"), by("us", "14:01:01", "earlier"),
                  by("bob", "14:02:00", "then")},
                 "then"},
        FindCase{"OneBeforeOurOlderWrite",
                 {by("alice", "13:58:00", "before"), write([](ActivityEvent& it) {
                    it.is_own = true;
                    it.at = at("13:58:01");
                  })},
                 "",
                 kLast},
        FindCase{"OneThatMadeAnEarlierDrift", {by("alice", "13:59:00", "earlier")}, "", kLast},
        FindCase{"OneAfterOurCorrection",
                 {by("alice", "14:02:00", "theirs"), by("us", "14:05:01", "our-correction"),
                  by("bob", "14:05:02", "later")},
                 "theirs"},
        FindCase{"OurWriteLongAfterwards",
                 {write([](ActivityEvent& it) {
                   it.is_own = true;
                   it.at = at("14:07:00");
                 })},
                 "",
                 kLast},
        FindCase{"TheLaterOfOnesOwn",
                 {by("Alice@contoso.com", "14:02:00", "first"),
                  by("alice@contoso.com", "14:04:00", "later")},
                 "later"},
        FindCase{"TwoCallers",
                 {by("bob", "14:04:00", "second"), by("alice", "14:02:00", "first")},
                 "first second"},
        FindCase{"TheLastFive",
                 {by("a", "14:01:00", "1"), by("b", "14:02:00", "2"), by("c", "14:02:01", "3"),
                  by("d", "14:02:02", "4"), by("e", "14:02:03", "5"), by("f", "14:02:04", "6")},
                 "2 3 4 5 6"}),
    [](const auto& its) { return std::string(its.param.name); });

struct ActorCase {
  const char* name;
  ActivityEvent event;
  std::vector<ActivityEvent> same_operation;
  ActorKind kind;
  const char* text;
};

void PrintTo(const ActorCase& one, std::ostream* out) { *out << one.name; }

class ActorOf : public testing::TestWithParam<ActorCase> {};

TEST_P(ActorOf, NamesWhoDidIt) {
  const ActorCase& expected = GetParam();
  const Actor actor = actor_of(expected.event, expected.same_operation);
  EXPECT_EQ(to_text(actor.kind), to_text(expected.kind));
  EXPECT_EQ(text_of(actor), expected.text);
  EXPECT_EQ(actor.at, expected.event.at);
  EXPECT_EQ(actor.correlation_id, "theirs");
}

INSTANTIATE_TEST_SUITE_P(
    Events, ActorOf,
    testing::Values(
        ActorCase{"APersonWithThePortal",
                  write(),
                  {},
                  ActorKind::User,
                  "alice@contoso.com, Azure portal"},
        ActorCase{"APersonWithAnotherClient",
                  write([](ActivityEvent& it) { it.app_id = kApp; }),
                  {},
                  ActorKind::User,
                  "alice@contoso.com, 11111111-0000-4000-8000-0000000000aa"},
        ActorCase{"APersonWithoutUpn",
                  write([](ActivityEvent& it) {
                    it.upn = it.caller = "";
                    it.app_id = "04B07795-8ddb-461a-bbee-02f9e1bf7b46";
                  }),
                  {},
                  ActorKind::User,
                  "Alice, Azure CLI"},
        ActorCase{"WithAnAddress",
                  write([](ActivityEvent& it) { it.address = "192.0.2.7"; }),
                  {},
                  ActorKind::User,
                  "alice@contoso.com, Azure portal, from 192.0.2.7"},
        ActorCase{"AnApplication",
                  by_application(),
                  {by_application()},
                  ActorKind::Application,
                  "application 11111111-0000-4000-8000-0000000000aa"},
        ActorCase{"AnApplicationWithAName",
                  by_application([](ActivityEvent& it) { it.name = "terraform"; }),
                  {},
                  ActorKind::Application,
                  "terraform (application 11111111-0000-4000-8000-0000000000aa)"},
        ActorCase{"APolicy",
                  by_application(),
                  {deployment(), by_application()},
                  ActorKind::Policy,
                  "Azure Policy, managed identity 11111111-0000-4000-8000-0000000000aa, deployment "
                  "PolicyDeployment_7"},
        ActorCase{"OurIdentityElsewhere",
                  by_application([](ActivityEvent& it) { it.is_own = true; }),
                  {deployment()},
                  ActorKind::Self,
                  "defenderd's own identity 11111111-0000-4000-8000-0000000000aa, used by another "
                  "process"}),
    [](const auto& its) { return std::string(its.param.name); });

TEST(Actor, OnlyAnApplicationMayBeAPolicy) {
  EXPECT_FALSE(may_be_policy(write()));
  EXPECT_TRUE(may_be_policy(by_application()));
  EXPECT_FALSE(may_be_policy(by_application([](ActivityEvent& it) { it.is_own = true; })));
}

TEST(Actor, OfSeveralNoneIsAccused) {
  const Actor alice = actor_of(by("alice@contoso.com", "14:02:00", "first"), {});
  const Actor bob = actor_of(by("bob@contoso.com", "14:02:01", "second"), {});
  const Actor several = one_of({alice, bob});
  EXPECT_EQ(several.kind, ActorKind::Several);
  EXPECT_EQ(several.name, "alice@contoso.com or bob@contoso.com");
  EXPECT_EQ(text_of(several),
            "one of: alice@contoso.com, Azure portal (2026-01-01T14:02:00.000Z), bob@contoso.com, "
            "Azure portal (2026-01-01T14:02:01.000Z)");
  EXPECT_THAT(several.names, testing::ElementsAre("alice@contoso.com", "bob@contoso.com"));
  EXPECT_EQ(several.at, std::nullopt);
  EXPECT_EQ(several.correlation_id, "");
  EXPECT_EQ(one_of({bob}), bob);
  EXPECT_EQ(one_of({alice, alice}), alice);
}

TEST(Actor, NobodyMeansTheService) {
  const Actor actor = nobody(question());
  EXPECT_EQ(actor.kind, ActorKind::None);
  EXPECT_EQ(text_of(actor),
            "no write in the activity log between 2026-01-01T14:00:00.000Z and "
            "2026-01-01T14:05:00.000Z: the service itself changed it");
}

TEST(Actor, KindsHaveTheirWords) {
  for (const ActorKind kind : kAllActorKinds) EXPECT_EQ(parse_actor_kind(to_text(kind)), kind);
  EXPECT_EQ(parse_actor_kind("somebody"), std::nullopt);
}

}  // namespace
}  // namespace defenderd
