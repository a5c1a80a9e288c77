// Leases and ConfigMaps are made, read, replaced, patched, listed and deleted as in Kubernetes.

#include <gtest/gtest.h>

#include <string>

#include "kubesim/test_client.h"

namespace kubesim {
namespace {

using Json = nlohmann::json;

class ObjectsTest : public testing::Test {
 protected:
  // Whose latest resourceVersion and uid are in it.
  Json made(const std::string& path, const Json& body) {
    Answer answer = client.post(path, body);
    EXPECT_EQ(answer.status, 201) << answer.body;
    return answer.json;
  }

  Simulator cluster;
  TestClient client{cluster};
};

TEST_F(ObjectsTest, CreateSetsWhatTheServerOwns) {
  const Json lease = made(kLeases, lease_body());
  EXPECT_EQ(lease["kind"], "Lease");
  EXPECT_EQ(lease["apiVersion"], "coordination.k8s.io/v1");
  const Json& meta = lease["metadata"];
  EXPECT_EQ(meta["namespace"], kNs);
  EXPECT_EQ(meta["uid"].get<std::string>().size(), 36U);
  EXPECT_EQ(meta["creationTimestamp"].get<std::string>().size(), 20U);
  EXPECT_GT(std::stoull(meta["resourceVersion"].get<std::string>()), 0U);
  EXPECT_EQ(meta["managedFields"][0]["manager"], "kubesim_test");
  const Answer read = client.get(kLease);
  EXPECT_EQ(read.status, 200);
  EXPECT_EQ(read.json, lease);
  EXPECT_EQ(read.header("Content-Type"), "application/json");
  ASSERT_TRUE(cluster.lease(kNs, kName));
  EXPECT_EQ(cluster.lease(kNs, kName)->holder, "a");
  EXPECT_EQ(cluster.lease(kNs, kName)->uid, meta["uid"]);
}

TEST_F(ObjectsTest, CreateOfAnExistingNameIsAlreadyExists) {
  made(kLeases, lease_body());
  made(kMaps, map_body());
  const Answer lease = client.post(kLeases, lease_body());
  EXPECT_EQ(lease.status, 409);
  EXPECT_EQ(lease.reason(), "AlreadyExists");
  EXPECT_EQ(lease.message(), R"(leases.coordination.k8s.io "defenderd" already exists)");
  EXPECT_EQ(lease.json["details"],
            (Json{{"name", kName}, {"group", "coordination.k8s.io"}, {"kind", "leases"}}));
  const Answer map = client.post(kMaps, map_body());
  EXPECT_EQ(map.message(), R"(configmaps "defenderd" already exists)");
  EXPECT_EQ(map.json["details"], (Json{{"name", kName}, {"kind", "configmaps"}}));
}

TEST_F(ObjectsTest, CreateNeedsItsNamespace) {
  const Answer answer = client.post("/api/v1/namespaces/other/configmaps", map_body());
  EXPECT_EQ(answer.status, 404);
  EXPECT_EQ(answer.message(), R"(namespaces "other" not found)");
  cluster.add_namespace("other");
  EXPECT_EQ(client.post("/api/v1/namespaces/other/configmaps", map_body()).status, 201);
  Json elsewhere = map_body();
  elsewhere["metadata"]["namespace"] = "other";
  EXPECT_EQ(
      client.post(kMaps, elsewhere).message(),
      "the namespace of the provided object does not match the namespace sent on the request");
}

TEST_F(ObjectsTest, CreateRefusesAResourceVersion) {
  Json body = lease_body();
  body["metadata"]["resourceVersion"] = "7";
  const Answer answer = client.post(kLeases, body);
  EXPECT_EQ(answer.status, 500);
  EXPECT_EQ(answer.message(), "resourceVersion should not be set on objects to be created");
}

TEST_F(ObjectsTest, GenerateNameMakesOne) {
  Json body = map_body();
  body["metadata"] = {{"generateName", "state-"}};
  const std::string name = made(kMaps, body)["metadata"]["name"];
  EXPECT_EQ(name.find("state-"), 0U);
  EXPECT_EQ(name.size(), 11U);
  EXPECT_TRUE(cluster.config_map(kNs, name));
}

TEST_F(ObjectsTest, ReplaceMovesTheResourceVersionOn) {
  Json lease = made(kLeases, lease_body());
  const Json map = made(kMaps, map_body());
  lease["spec"]["holderIdentity"] = "b";
  const Answer replaced = client.put(kLease, lease);
  EXPECT_EQ(replaced.status, 200);
  EXPECT_EQ(replaced.json["metadata"]["uid"], lease["metadata"]["uid"]);
  EXPECT_GT(std::stoull(replaced.version()),
            std::stoull(map["metadata"]["resourceVersion"].get<std::string>()))
      << "all objects share one counter";
  EXPECT_EQ(cluster.lease(kNs, kName)->holder, "b");
  EXPECT_EQ(cluster.lease(kNs, kName)->resource_version, replaced.version());
}

TEST_F(ObjectsTest, ReplaceByTheSameWritesNothing) {
  const Json lease = made(kLeases, lease_body());
  const Answer again = client.put(kLease, lease);
  EXPECT_EQ(again.status, 200);
  EXPECT_EQ(again.json, lease);
}

TEST_F(ObjectsTest, StaleResourceVersionIsAConflict) {
  const Json old = made(kLeases, lease_body());
  Json next = old;
  next["spec"]["holderIdentity"] = "b";
  ASSERT_EQ(client.put(kLease, next).status, 200);
  const Answer late = client.put(kLease, old);
  EXPECT_EQ(late.status, 409);
  EXPECT_EQ(late.reason(), "Conflict");
  EXPECT_EQ(late.message(),
            "Operation cannot be fulfilled on leases.coordination.k8s.io \"defenderd\": the object "
            "has been modified; please apply your changes to the latest version and try again");
  EXPECT_EQ(cluster.lease(kNs, kName)->holder, "b");
  Json map = made(kMaps, map_body());
  map["metadata"]["resourceVersion"] = "1";
  EXPECT_EQ(client.put(kMap, map).message(),
            "Operation cannot be fulfilled on configmaps \"defenderd\": the object has been "
            "modified; please apply your changes to the latest version and try again");
  map["metadata"]["resourceVersion"] = "abc";
  EXPECT_EQ(client.put(kMap, map).status, 500);
}

TEST_F(ObjectsTest, WithoutResourceVersionOnlyConfigMapsAreReplaced) {
  made(kLeases, lease_body());
  made(kMaps, map_body());
  const Answer lease = client.put(kLease, lease_body({{"holderIdentity", "b"}}));
  EXPECT_EQ(lease.status, 422);
  EXPECT_EQ(lease.reason(), "Invalid");
  EXPECT_EQ(lease.message(),
            "leases.coordination.k8s.io \"defenderd\" is invalid: metadata.resourceVersion: "
            "Invalid value: 0x0: must be specified for an update");
  EXPECT_EQ(lease.json["details"]["causes"][0]["field"], "metadata.resourceVersion");
  EXPECT_EQ(cluster.lease(kNs, kName)->holder, "a");
  EXPECT_EQ(client.put(kMap, map_body({{"state", "2"}})).status, 200);
  EXPECT_EQ(cluster.config_map(kNs, kName)->data.at("state"), "2");
}

TEST_F(ObjectsTest, WhatIsMissingIsNotFound) {
  const Answer lease = client.get(kLease);
  EXPECT_EQ(lease.status, 404);
  EXPECT_EQ(lease.reason(), "NotFound");
  EXPECT_EQ(lease.message(), R"(leases.coordination.k8s.io "defenderd" not found)");
  EXPECT_EQ(client.get(kMap).message(), R"(configmaps "defenderd" not found)");
  EXPECT_EQ(client.put(kMap, map_body()).status, 404);
  EXPECT_EQ(client.send("DELETE", kMap).status, 404);
  EXPECT_EQ(client.send("PATCH", kMap, "{}", "application/merge-patch+json").status, 404);
}

// AllowCreateOnUpdate is true for Leases, whatever resourceVersion the request has.
TEST_F(ObjectsTest, PutMakesAMissingLease) {
  Json body = lease_body();
  body["metadata"]["resourceVersion"] = "77";
  EXPECT_EQ(client.put(kLease, body).status, 201);
  EXPECT_TRUE(cluster.lease(kNs, kName));
}

TEST_F(ObjectsTest, PutMakesALeaseOnlyForWhoMayCreate) {
  cluster.deny("create", "leases");
  const Answer answer = client.put(kLease, lease_body());
  EXPECT_EQ(answer.status, 403);
  EXPECT_NE(answer.message().find("cannot create resource \"leases\""), std::string::npos);
  EXPECT_FALSE(cluster.lease(kNs, kName));
}

// A Lease that was deleted, or made anew, is not the one that the client has read.
TEST_F(ObjectsTest, TheUidOfAnotherObjectIsAConflict) {
  const Json old = made(kLeases, lease_body());
  cluster.remove_lease(kNs, kName);
  const Answer gone = client.put(kLease, old);
  EXPECT_EQ(gone.status, 409);
  EXPECT_NE(
      gone.message().find("Precondition failed: UID in precondition: " +
                          old["metadata"]["uid"].get<std::string>() + ", UID in object meta: "),
      std::string::npos)
      << gone.message();
  EXPECT_FALSE(cluster.lease(kNs, kName));
  made(kLeases, lease_body());
  EXPECT_EQ(client.put(kLease, old).status, 409);
}

TEST_F(ObjectsTest, NamesMustMatchTheUrl) {
  made(kMaps, map_body());
  Json body = map_body();
  body["metadata"]["name"] = "other";
  const Answer name = client.put(kMap, body);
  EXPECT_EQ(name.status, 400);
  EXPECT_EQ(name.reason(), "BadRequest");
  EXPECT_EQ(name.message(),
            "the name of the object (other) does not match the name on the URL (defenderd)");
  body["metadata"] = {{"name", kName}, {"namespace", "other"}};
  EXPECT_EQ(client.put(kMap, body).message(),
            "the namespace of the object (other) does not match the namespace on the request "
            "(defender)");
  body["metadata"] = Json::object();
  EXPECT_EQ(client.put(kMap, body).status, 400);
}

TEST_F(ObjectsTest, DeleteObeysItsPreconditions) {
  const Json lease = made(kLeases, lease_body());
  const auto options = [](const Json& preconditions) {
    return Json{{"kind", "DeleteOptions"}, {"apiVersion", "v1"}, {"preconditions", preconditions}}
        .dump();
  };
  EXPECT_EQ(client.send("DELETE", kLease, options({{"uid", "another"}})).status, 409);
  EXPECT_EQ(client.send("DELETE", kLease, options({{"resourceVersion", "1"}})).status, 409);
  const Answer done = client.send("DELETE", kLease, options({{"uid", lease["metadata"]["uid"]}}));
  EXPECT_EQ(done.status, 200);
  EXPECT_EQ(done.json["status"], "Success");
  EXPECT_EQ(done.json["details"]["uid"], lease["metadata"]["uid"]);
  EXPECT_FALSE(cluster.lease(kNs, kName));
}

TEST_F(ObjectsTest, MergePatchChangesWhatItNames) {
  made(kMaps, map_body({{"a", "1"}, {"b", "2"}}));
  const Answer answer = client.send("PATCH", kMap, R"({"data": {"a": null, "c": "3"}})",
                                    "application/merge-patch+json");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.json["data"], (Json{{"b", "2"}, {"c", "3"}}));
  EXPECT_EQ(
      client
          .send("PATCH", kMap, R"({"metadata": {"resourceVersion": "1"}, "data": {"d": "4"}})",
                "application/merge-patch+json")
          .status,
      409);
  for (const char* const type :
       {"application/json-patch+json", "application/apply-patch+yaml", "application/json"}) {
    const Answer refused = client.send("PATCH", kMap, "{}", type);
    EXPECT_EQ(refused.status, 415) << type;
    EXPECT_EQ(refused.reason(), "UnsupportedMediaType");
  }
}

TEST_F(ObjectsTest, ListsAreOfANamespaceOrOfAll) {
  made(kMaps, map_body());
  cluster.set_config_map("other", "there", {.data = {{"k", "v"}}});
  const Answer here = client.get(kMaps);
  EXPECT_EQ(here.json["kind"], "ConfigMapList");
  ASSERT_EQ(here.json["items"].size(), 1U);
  EXPECT_FALSE(here.json["items"][0].contains("kind"));
  EXPECT_FALSE(here.version().empty());
  EXPECT_EQ(client.get("/api/v1/configmaps").json["items"].size(), 2U);
  EXPECT_EQ(client.get(kMaps + "?fieldSelector=metadata.name%3Dnone").json["items"].size(), 0U);
  EXPECT_EQ(client.get("/apis/coordination.k8s.io/v1/leases").json["kind"], "LeaseList");
}

TEST_F(ObjectsTest, DryRunChangesNothing) {
  EXPECT_EQ(client.post(kMaps + "?dryRun=All", map_body()).status, 201);
  EXPECT_FALSE(cluster.config_map(kNs, kName));
}

TEST_F(ObjectsTest, OtherMethodsAreNotAllowed) {
  EXPECT_EQ(client.post(kMap, map_body()).status, 405);
  EXPECT_EQ(client.put(kMaps, map_body()).reason(), "MethodNotAllowed");
  EXPECT_EQ(client.send("DELETE", kMaps).status, 405);
  EXPECT_EQ(client.get(kMaps + "?watch=true").status, 405);
}

TEST_F(ObjectsTest, WhatATestSetsIsANewVersion) {
  using std::chrono::microseconds;
  const defenderd::WallTime time{std::chrono::sys_days{std::chrono::year{2026} / 1 / 2} +
                                 microseconds(3)};
  cluster.set_lease(kNs, kName,
                    {.holder = "b", .duration_seconds = 15, .renew_time = time, .transitions = 2});
  const Json before = client.get(kLease).json;
  EXPECT_EQ(before["spec"], (Json{{"holderIdentity", "b"},
                                  {"leaseDurationSeconds", 15},
                                  {"leaseTransitions", 2},
                                  {"renewTime", "2026-01-02T00:00:00.000003Z"}}));
  cluster.set_lease(kNs, kName, {.holder = "c", .annotations = {{"defenderd/why", "test"}}});
  EXPECT_EQ(client.put(kLease, before).status, 409);
  EXPECT_EQ(cluster.lease(kNs, kName)->annotations.at("defenderd/why"), "test");
  EXPECT_EQ(cluster.lease(kNs, kName)->renew_time, std::nullopt);
}

}  // namespace
}  // namespace kubesim
