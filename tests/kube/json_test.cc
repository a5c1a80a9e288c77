#include <gmock/gmock.h>

#include "base/time_text.h"
#include "kube/cluster_access.h"
#include "kube/compressed_text.h"
#include "kube/lease_json.h"

namespace defenderd {
namespace {

using std::chrono::seconds;
using testing::HasSubstr;
using testing::Not;

constexpr const char* kLease =
    R"({"apiVersion":"coordination.k8s.io/v1","kind":"Lease","metadata":{"name":"defenderd",)"
    R"("namespace":"defender","resourceVersion":"12345","uid":"u","labels":{"a":"b"},)"
    R"("annotations":{"team":"platform","defenderd.io/url":"http://10.0.0.1:8080"},)"
    R"("managedFields":[{"manager":"x"}]},"spec":{"holderIdentity":"defenderd-0_5f0c7a52",)"
    R"("leaseDurationSeconds":15,"acquireTime":"2026-11-25T10:00:00.000000Z",)"
    R"("renewTime":"2026-11-25T10:00:02.123456Z","leaseTransitions":3,"strategy":"OldestEmulationVersion"}})";

TEST(LeaseJson, IsRead) {
  const auto record = parse_lease(kLease, "defenderd");
  ASSERT_TRUE(record);
  EXPECT_EQ(record->holder, "defenderd-0_5f0c7a52");
  EXPECT_EQ(record->duration, seconds(15));
  EXPECT_EQ(record->acquired, "2026-11-25T10:00:00.000000Z");
  EXPECT_EQ(record->renewed, "2026-11-25T10:00:02.123456Z");
  EXPECT_EQ(record->transitions, 3);
  EXPECT_EQ(record->url, "http://10.0.0.1:8080");
}

TEST(LeaseJson, WhatWeDoNotKnowIsKept) {
  LeaseRecord record = *parse_lease(kLease, "defenderd");
  record.holder = "me";
  record.url = "";
  record.renewed = "2026-11-25T10:00:04.000000Z";
  EXPECT_EQ(
      format_lease_over(kLease, record),
      R"({"apiVersion":"coordination.k8s.io/v1","kind":"Lease","metadata":{"name":"defenderd",)"
      R"("namespace":"defender","resourceVersion":"12345","uid":"u","labels":{"a":"b"},)"
      R"("annotations":{"team":"platform"}},"spec":{"holderIdentity":"me",)"
      R"("leaseDurationSeconds":15,"acquireTime":"2026-11-25T10:00:00.000000Z",)"
      R"("renewTime":"2026-11-25T10:00:04.000000Z","leaseTransitions":3,"strategy":"OldestEmulationVersion"}})");
}

TEST(LeaseJson, WhatMakesNoSenseIsMissing) {
  for (const char* const spec :
       {"{}", "null", R"({"leaseDurationSeconds":0,"leaseTransitions":-1})",
        R"({"leaseDurationSeconds":-5,"holderIdentity":7})",
        R"({"leaseDurationSeconds":"15","leaseTransitions":"x","renewTime":{}})"}) {
    const std::string text =
        R"({"kind":"Lease","metadata":{"name":"defenderd","resourceVersion":"1"},"spec":)" +
        std::string(spec) + "}";
    const auto record = parse_lease(text, "defenderd");
    ASSERT_TRUE(record) << spec;
    EXPECT_EQ(*record, LeaseRecord()) << spec;
  }
  const auto far = parse_lease(
      R"({"kind":"Lease","metadata":{"name":"a","resourceVersion":"1"},"spec":{"leaseDurationSeconds":9223372036854775807}})",
      "a");
  EXPECT_EQ(far->duration, std::chrono::hours(365 * 24)) << "and no overflow";
}

TEST(LeaseJson, WhatIsNoLeaseOfThisNameIsRefused) {
  for (const char* const text :
       {"", "{", "[]", "{}", R"({"kind":"Status","metadata":{"name":"defenderd"}})",
        R"({"kind":"Lease","metadata":{"name":"other","resourceVersion":"1"}})",
        R"({"kind":"Lease","metadata":{"name":"defenderd"}})"}) {
    EXPECT_FALSE(parse_lease(text, "defenderd")) << text;
  }
}

TEST(CompressedText, ComesBack) {
  for (const std::string& text :
       {std::string(), std::string("a"), std::string(3'000'000, 'x'), std::string("\0\xff{}", 4)}) {
    const std::string packed = compressed_text(text);
    EXPECT_EQ(packed.size() % 4, 0U) << "Kubernetes wants the padding";
    EXPECT_THAT(packed, Not(HasSubstr("-")));
    EXPECT_EQ(expanded_text(packed, 4'000'000), text);
  }
}

TEST(CompressedText, WhatIsDamagedOrTooLongIsNone) {
  const std::string packed = compressed_text(std::string(1'000'000, 'x'));
  EXPECT_EQ(expanded_text(packed, 999'999), std::nullopt) << "a bomb is not expanded";
  EXPECT_EQ(expanded_text(packed.substr(0, packed.size() / 2), 2'000'000), std::nullopt);
  for (const char* const text : {"", "%%%", "AAAA", "eJwDAAAAAAE="})
    EXPECT_EQ(expanded_text(text, 1000), std::nullopt) << text;
}

TEST(ClusterAccessTest, OutsideAPodItSaysWhatToDo) {
  const auto none = access_in_pod("", "");
  ASSERT_FALSE(none);
  EXPECT_THAT(none.error().message, HasSubstr("set coordination.kubernetes"));
}

TEST(ClusterAccessTest, HostsOfBothFamiliesAndAnyPort) {
  EXPECT_EQ(access_in_pod("10.96.0.1", "443", "/none")->server.text(), "https://10.96.0.1");
  EXPECT_EQ(access_in_pod("fd00::1", "6443", "/none")->server.text(), "https://[fd00::1]:6443");
  EXPECT_FALSE(access_in_pod("10.96.0.1", "nonsense", "/none"));
}

}  // namespace
}  // namespace defenderd
