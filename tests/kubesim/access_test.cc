// Who is let in: TLS, tokens, rights; and what clients ask first.

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>

#include "kubesim/test_client.h"

namespace kubesim {
namespace {

std::string text_of(const std::string& file) {
  std::ifstream stream(file);
  return {std::istreambuf_iterator<char>(stream), {}};
}

TEST(AccessTest, ServesHttpsThatOnlyItsCaVerifies) {
  const Simulator cluster;
  TestClient client(cluster);
  EXPECT_EQ(client.get("/readyz").body, "ok");
  const Simulator other;
  TestClient distrusting(cluster);
  distrusting.http().set_ca_cert_path(other.ca_file());
  EXPECT_FALSE(distrusting.get("/readyz").arrived);
}

TEST(AccessTest, OnlyTheTokenLetsIn) {
  Simulator cluster;
  TestClient client(cluster);
  EXPECT_EQ(client.get(kMaps).status, 200);
  for (const std::string token : {"", "wrong"}) {
    client.use_token(token);
    const Answer answer = client.get(kMaps);
    EXPECT_EQ(answer.status, 401);
    EXPECT_EQ(answer.reason(), "Unauthorized");
    EXPECT_EQ(answer.message(), "Unauthorized");
    EXPECT_EQ(client.get("/version").status, 401);
    EXPECT_EQ(client.get("/healthz").status, 200) << "a probe needs none";
  }
}

TEST(AccessTest, TokensAreReplacedAndRevoked) {
  Simulator cluster;
  const std::string first = cluster.token();
  EXPECT_EQ(text_of(cluster.token_file()), first);
  TestClient client(cluster);
  cluster.set_token("second", true);
  EXPECT_EQ(cluster.token(), "second");
  EXPECT_EQ(text_of(cluster.token_file()), "second");
  EXPECT_NE(text_of(cluster.kubeconfig_file()).find("token: second\n"), std::string::npos);
  EXPECT_EQ(client.get(kMaps).status, 200) << "the first is still good";
  cluster.set_token("third");
  EXPECT_EQ(client.get(kMaps).status, 401);
  client.use_token("third");
  EXPECT_EQ(client.get(kMaps).status, 200);
  cluster.revoke_token();
  EXPECT_EQ(client.get(kMaps).status, 401);
  EXPECT_EQ(text_of(cluster.token_file()), "third");
}

TEST(AccessTest, TheFolderIsThatOfAServiceAccount) {
  Options options;
  options.service_namespace = "team-a";
  const Simulator cluster(options);
  EXPECT_EQ(cluster.token_file(), cluster.folder() + "/token");
  EXPECT_EQ(text_of(cluster.namespace_file()), "team-a");
  EXPECT_EQ(text_of(cluster.ca_file()), cluster.ca_pem());
  EXPECT_EQ(cluster.service_namespace(), "team-a");
  EXPECT_NE(text_of(cluster.kubeconfig_file()).find("server: " + cluster.url() + "\n"),
            std::string::npos);
}

TEST(AccessTest, DeniedRightsAreForbidden) {
  Simulator cluster;
  TestClient client(cluster);
  cluster.deny("get", "leases");
  const Answer lease = client.get(kLease);
  EXPECT_EQ(lease.status, 403);
  EXPECT_EQ(lease.reason(), "Forbidden");
  EXPECT_EQ(lease.message(),
            "leases.coordination.k8s.io \"defenderd\" is forbidden: User "
            "\"system:serviceaccount:defender:defenderd\" cannot get resource \"leases\" in API "
            "group \"coordination.k8s.io\" in the namespace \"defender\"");
  EXPECT_EQ(lease.json["details"]["kind"], "leases");
  EXPECT_EQ(client.post(kLeases, lease_body()).status, 201) << "another verb";
  EXPECT_EQ(client.get(kMap).status, 404) << "another resource";
  cluster.deny("", "configmaps");
  EXPECT_EQ(client.post(kMaps, map_body()).message(),
            "configmaps is forbidden: User \"system:serviceaccount:defender:defenderd\" cannot "
            "create resource \"configmaps\" in API group \"\" in the namespace \"defender\"");
  EXPECT_FALSE(cluster.config_map(kNs, kName));
  cluster.deny("list", "");
  EXPECT_NE(client.get("/api/v1/namespaces").message().find("at the cluster scope"),
            std::string::npos);
  cluster.allow_everything();
  EXPECT_EQ(client.get(kLease).status, 200);
}

TEST(AccessTest, DiscoveryNamesWhatIsServed) {
  const Simulator cluster;
  TestClient client(cluster);
  EXPECT_EQ(client.get("/version").json["minor"], "32");
  EXPECT_EQ(client.get("/api").json["versions"][0], "v1");
  EXPECT_EQ(client.get("/apis").json["groups"][0]["preferredVersion"]["groupVersion"],
            "coordination.k8s.io/v1");
  EXPECT_EQ(client.get("/apis/coordination.k8s.io").json["kind"], "APIGroup");
  const auto core = client.get("/api/v1").json["resources"];
  ASSERT_EQ(core.size(), 2U);
  EXPECT_EQ(core[0]["name"], "configmaps");
  EXPECT_EQ(core[1]["namespaced"], false);
  EXPECT_EQ(client.get("/apis/coordination.k8s.io/v1").json["resources"][0]["kind"], "Lease");
  EXPECT_EQ(client.get("/api/v1/namespaces/defender").json["status"]["phase"], "Active");
  EXPECT_EQ(client.get("/api/v1/namespaces/none").status, 404);
  EXPECT_GE(client.get("/api/v1/namespaces").json["items"].size(), 5U);
}

TEST(AccessTest, TablesHaveTheColumnsOfKubectl) {
  Simulator cluster;
  cluster.set_lease(kNs, kName, {.holder = "pod-1"});
  cluster.set_config_map(kNs, kName, {.data = {{"a", ""}, {"b", ""}}});
  TestClient client(cluster);
  client.http().set_default_headers(
      {{"Accept", "application/json;as=Table;v=v1;g=meta.k8s.io,application/json"}});
  const auto one = client.get(kLease).json;
  EXPECT_EQ(one["kind"], "Table");
  EXPECT_EQ(one["columnDefinitions"][1]["name"], "Holder");
  EXPECT_EQ(one["rows"][0]["cells"][1], "pod-1");
  EXPECT_EQ(one["rows"][0]["object"]["metadata"]["name"], kName);
  EXPECT_EQ(client.get(kMaps).json["rows"][0]["cells"][1], 2);
  EXPECT_EQ(client.get("/api/v1/namespaces/defender").json["rows"][0]["cells"][1], "Active");
}

TEST(AccessTest, ForbiddenPathsAndOtherMediaTypes) {
  Simulator cluster;
  TestClient client(cluster);
  cluster.fault(Fault::answer(403));
  EXPECT_EQ(client.get("/version").message(),
            "forbidden: User \"system:serviceaccount:defender:defenderd\" cannot get path "
            "\"/version\"");
  client.http().set_default_headers({{"Accept", "application/vnd.kubernetes.protobuf"}});
  EXPECT_EQ(client.get(kMaps).reason(), "NotAcceptable");
}

TEST(AccessTest, UnknownPathsAreNoStatus) {
  const Simulator cluster;
  TestClient client(cluster);
  for (const char* const path : {"/", "/openapi/v2", "/api/v1/namespaces/defender/pods",
                                 "/apis/coordination.k8s.io/v1/configmaps", "/api/v1/configmaps/a",
                                 "/api/v1/namespaces/defender/configmaps/a/b", "/apis/apps/v1/x"}) {
    const Answer answer = client.get(path);
    EXPECT_EQ(answer.status, 404) << path;
    EXPECT_EQ(answer.body, "404 page not found\n") << path;
  }
}

}  // namespace
}  // namespace kubesim
