// What the server refuses in an object, and with which words.

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "kubesim/micro_time.h"
#include "kubesim/test_client.h"

namespace kubesim {
namespace {

using Json = nlohmann::json;

struct Case {
  std::string what;
  std::string path;
  Json body;
  int status;
  std::string message;  // a part of it
};

Json lease_with(const std::string& key, const Json& value) {
  Json body = lease_body();
  body["spec"][key] = value;
  return body;
}

Json meta_with(const std::string& key, const Json& value) {
  Json body = map_body();
  body["metadata"][key] = value;
  return body;
}

TEST(StrictTest, RefusesWhatIsNotOfTheSchema) {
  Simulator cluster;
  TestClient client(cluster);
  const std::string lease_prefix = R"(Lease in version "v1" cannot be handled as a Lease: )";
  const std::vector<Case> cases = {
      {"unknown field", kLeases, lease_with("foo", 1), 400,
       lease_prefix + R"(strict decoding error: unknown field "spec.foo")"},
      {"unknown in metadata", kMaps, meta_with("nmae", "x"), 400,
       R"(unknown field "metadata.nmae")"},
      {"unknown in a list", kMaps, meta_with("ownerReferences", {{{"who", 1}}}), 400,
       R"(unknown field "metadata.ownerReferences[0].who")"},
      {"text for a number", kLeases, lease_with("leaseDurationSeconds", "15"), 400,
       lease_prefix + "json: cannot unmarshal string into Go struct field "
                      "LeaseSpec.spec.leaseDurationSeconds of type int32"},
      {"fraction", kLeases, lease_with("leaseDurationSeconds", 1.5), 400, "number 1.5 into Go"},
      {"beyond int32", kLeases, lease_with("leaseTransitions", 2147483648), 400,
       "number 2147483648 into Go"},
      {"number for a text", kLeases, lease_with("holderIdentity", 1), 400, "of type string"},
      {"number in data", kMaps, map_body({{"a", 1}}), 400, "ConfigMap.data of type string"},
      {"data of no object", kMaps, map_body(Json::array()), 400, "of type map[string]string"},
      {"boolean as text", kMaps, {{"immutable", "yes"}}, 400, "ConfigMap.immutable of type bool"},
      {"binaryData of no base64", kMaps, {{"binaryData", {{"a", "%"}}}}, 400, "illegal base64"},
      {"time that is none", kLeases, lease_with("renewTime", "now"), 400,
       lease_prefix + R"(parsing time "now" as "2006-01-02T15:04:05.000000Z07:00")"},
      {"time without a fraction", kLeases, lease_with("renewTime", "2026-01-01T00:00:00Z"), 400,
       "parsing time"},
      {"time in milliseconds", kLeases, lease_with("renewTime", "2026-01-01T00:00:00.123Z"), 400,
       "parsing time"},
      {"time in nanoseconds", kLeases, lease_with("acquireTime", "2026-01-01T00:00:00.123456789Z"),
       400, "parsing time"},
      {"time as a number", kLeases, lease_with("renewTime", 1), 400, "of type string"},
      {"another kind", kLeases, {{"kind", "Pod"}}, 400, "does not match the expected API version"},
      {"another version", kLeases, {{"apiVersion", "v1"}}, 400, "does not match the expected"},
      {"no object", kLeases, Json::array(), 400, "the object provided is unrecognized"},
      {"no duration", kLeases, lease_with("leaseDurationSeconds", 0), 422,
       R"(Lease.coordination.k8s.io "defenderd" is invalid: spec.leaseDurationSeconds: )"
       "Invalid value: 0: must be greater than 0"},
      {"negative duration", kLeases, lease_with("leaseDurationSeconds", -1), 422,
       "Invalid value: -1: must be greater than 0"},
      {"negative transitions", kLeases, lease_with("leaseTransitions", -1), 422,
       "spec.leaseTransitions: Invalid value: -1: must be greater than or equal to 0"},
      {"preferred holder alone", kLeases, lease_with("preferredHolder", "b"), 422,
       "spec.preferredHolder: Forbidden: may only be specified if `strategy` is defined"},
      {"key of data", kMaps, map_body({{"a/b", ""}}), 422,
       R"(ConfigMap "defenderd" is invalid: data[a/b]: Invalid value: "a/b": a valid config map )"
       "key must consist of alphanumeric characters"},
      {"data too large", kMaps, map_body({{"a", std::string(1024 * 1024 + 1, 'x')}}), 422,
       R"(ConfigMap "defenderd" is invalid: []: Too long: must have at most 1048576 bytes)"},
      {"body too large", kMaps, map_body({{"a", std::string(std::size_t{3} << 20U, 'x')}}), 413,
       "Request entity too large: limit is 3145728"},
      {"no name",
       kMaps,
       {{"data", {{"a", "b"}}}},
       422,
       R"(ConfigMap "" is invalid: metadata.name: Required value: name or generateName is required)"},
      {"bad name", kMaps, meta_with("name", "A_b"), 422, "a lowercase RFC 1123 subdomain must"},
      {"bad annotation", kMaps, meta_with("annotations", {{"a b", ""}}), 422,
       R"(metadata.annotations: Invalid value: "a b")"},
      {"annotations too large", kMaps,
       meta_with("annotations", {{"a", std::string(256UL * 1024, 'x')}}), 422,
       "metadata.annotations: Too long"},
      {"bad label", kMaps, meta_with("labels", {{"a", "b c"}}), 422,
       R"(metadata.labels: Invalid value: "b c")"},
  };
  for (const Case& c : cases) {
    const Answer answer = client.post(c.path, c.body);
    EXPECT_EQ(answer.status, c.status) << c.what << ": " << answer.body;
    EXPECT_NE(answer.message().find(c.message), std::string::npos)
        << c.what << ": " << answer.message();
    EXPECT_EQ(answer.json["kind"], "Status") << c.what;
  }
  EXPECT_FALSE(cluster.lease(kNs, kName));
  EXPECT_FALSE(cluster.config_map(kNs, kName));
}

TEST(StrictTest, RefusesDuplicateFieldsAndBrokenJson) {
  Simulator cluster;
  TestClient client(cluster);
  const Answer twice = client.send("POST", kMaps, R"({"data": {"a": "1", "a": "2"}})");
  EXPECT_NE(twice.message().find(R"(strict decoding error: duplicate field "a")"),
            std::string::npos)
      << twice.message();
  EXPECT_EQ(client.send("POST", kMaps, "{").reason(), "BadRequest");
  EXPECT_EQ(client.send("POST", kMaps, "").status, 400);
}

TEST(StrictTest, TakesUnknownFieldsOnlyWhereTheClientSaysSo) {
  Simulator cluster;
  TestClient client(cluster);
  const Answer answer = client.post(kLeases + "?fieldValidation=Ignore", lease_with("foo", 1));
  EXPECT_EQ(answer.status, 201);
  EXPECT_FALSE(answer.json["spec"].contains("foo"));
}

TEST(StrictTest, TakesWhatIsGoodInTheServersForm) {
  Simulator cluster;
  TestClient client(cluster);
  Json body = lease_body({{"holderIdentity", ""},
                          {"leaseTransitions", 0},
                          {"acquireTime", nullptr},
                          {"renewTime", "2026-01-01T01:00:00.000001+01:00"},
                          {"strategy", "OldestEmulationVersion"}});
  body["metadata"]["labels"] = Json::object();
  body.erase("kind");  // the path says it
  const Answer lease = client.post(kLeases, body);
  ASSERT_EQ(lease.status, 201) << lease.body;
  EXPECT_EQ(lease.json["spec"], (Json{{"holderIdentity", ""},
                                      {"leaseTransitions", 0},
                                      {"renewTime", "2026-01-01T00:00:00.000001Z"}}))
      << "strategy is behind a gate that is off";
  EXPECT_EQ(lease.json["kind"], "Lease");
  EXPECT_FALSE(lease.json["metadata"].contains("labels"));
  Json map = map_body({{"Ab-1._", std::string(1024UL * 1024 - 1, 'x')}});
  map["binaryData"] = {{"b", "QQ=="}};
  EXPECT_EQ(client.post(kMaps, map).status, 201) << "a mebibyte is allowed";
}

TEST(StrictTest, AnImmutableConfigMapStays) {
  Simulator cluster;
  cluster.set_config_map(kNs, kName, {.data = {{"a", "1"}}, .immutable = true});
  TestClient client(cluster);
  Json map = map_body({{"a", "2"}});
  map["immutable"] = true;
  EXPECT_NE(client.put(kMap, map).message().find("data: Forbidden: field is immutable when"),
            std::string::npos);
  EXPECT_NE(client.put(kMap, map_body({{"a", "1"}})).message().find("immutable: Forbidden"),
            std::string::npos);
}

TEST(StrictTest, OtherMediaTypesAreRefused) {
  Simulator cluster;
  TestClient client(cluster);
  const Answer answer = client.send("POST", kMaps, "k8s", "application/vnd.kubernetes.protobuf");
  EXPECT_EQ(answer.status, 415);
  EXPECT_EQ(answer.reason(), "UnsupportedMediaType");
}

TEST(MicroTimeTest, ReadsAndWritesSixDigits) {
  for (const char* const good : {"2026-01-01T00:00:00.000000Z", "1999-12-31T23:59:59.999999Z"}) {
    const auto time = parse_micro_time(good);
    ASSERT_TRUE(time) << good;
    EXPECT_EQ(format_micro_time(*time), good);
  }
  for (const char* const bad :
       {"", "2026", "2026-01-01T00:00:00.000000", "2026-13-01T00:00:00.000000Z",
        "2026-01-01T00:00:00.0000000Z", "2026-01-01T00:00:00.00000Z"}) {
    EXPECT_FALSE(parse_micro_time(bad)) << bad;
  }
}

}  // namespace
}  // namespace kubesim
