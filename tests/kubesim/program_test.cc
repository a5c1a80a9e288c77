// The simulator as a program: its command line, its files, its control, its end.

#include <gtest/gtest.h>

#include <array>
#include <csignal>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "armsim/temp_directory.h"
#include "kubesim/test_client.h"
#include "support/program.h"

namespace kubesim {
namespace {

using defenderd::Program;

std::string text_of(const std::string& file) {
  std::ifstream stream(file);
  return {std::istreambuf_iterator<char>(stream), {}};
}

class ControlTest : public testing::Test {
 protected:
  // The status and the JSON, or the error.
  nlohmann::json call(const std::string& method, const std::string& path,
                      const std::string& body = "", int expected = 200) {
    httplib::Request request;
    request.method = method;
    request.path = path;
    request.body = body;
    const auto result = control.send(request);
    if (!result) return "not arrived";
    EXPECT_EQ(result->status, expected) << result->body;
    return nlohmann::json::parse(result->body);
  }

  Simulator cluster;
  httplib::Client control{cluster.control_url()};
  TestClient client{cluster};
};

TEST_F(ControlTest, FaultsComeAndGo) {
  call("POST", "/faults",
       R"({"kind": "answer", "verb": "get", "resource": "leases", "status": 503, "times": 2,
           "retryAfter": "3", "delay": "1ms", "when": "after", "message": "no"})");
  EXPECT_EQ(call("GET", "/faults")["faults"][0]["times"], 2);
  const Answer answer = client.get(kLease);
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(answer.message(), "no");
  EXPECT_EQ(answer.header("Retry-After"), "3");
  call("DELETE", "/faults");
  EXPECT_EQ(client.get(kLease).status, 404);
  call("POST", "/release");
}

TEST_F(ControlTest, AwayAndBack) {
  EXPECT_EQ(call("POST", "/away")["away"], true);
  EXPECT_FALSE(client.get("/version").arrived);
  EXPECT_EQ(call("POST", "/away", R"({"away": false})")["away"], false);
  EXPECT_EQ(client.get("/version").status, 200);
}

TEST_F(ControlTest, RightsAndTokens) {
  call("POST", "/deny", R"({"verb": "list"})");
  EXPECT_EQ(client.get(kMaps).status, 403);
  call("DELETE", "/deny");
  EXPECT_EQ(client.get(kMaps).status, 200);
  call("POST", "/token", R"({"token": "new"})");
  EXPECT_EQ(client.get(kMaps).status, 401);
  client.use_token("new");
  EXPECT_EQ(client.get(kMaps).status, 200);
  call("DELETE", "/token");
  EXPECT_EQ(client.get(kMaps).status, 401);
}

TEST_F(ControlTest, ShowsObjectsAndRequests) {
  ASSERT_EQ(client.post(kLeases, lease_body()).status, 201);
  bool found = false;
  const nlohmann::json all = call("GET", "/objects");
  for (const auto& object : all["objects"])
    found = found || (object["kind"] == "Lease" && object["metadata"]["name"] == kName);
  EXPECT_TRUE(found);
  EXPECT_EQ(call("GET", "/requests")["requests"][0]["verb"], "create");
  EXPECT_EQ(call("GET", "/requests?since=1")["requests"].size(), 0U);
  call("DELETE", "/requests");
  EXPECT_TRUE(cluster.requests().empty());
}

TEST_F(ControlTest, SaysWhatItDoesNotUnderstand) {
  EXPECT_EQ(call("POST", "/faults", R"({"statsu": 1})", 400)["error"],
            "unknown key 'statsu', did you mean 'status'?");
  EXPECT_EQ(call("POST", "/faults", R"({"when": "later"})", 400)["error"],
            "'when' must be before or after, not \"later\"");
  EXPECT_EQ(call("POST", "/faults", "[]", 400)["error"], "the body is not a JSON object");
  EXPECT_EQ(call("POST", "/away", R"({"away": 3})", 400)["error"], "'away' must be true or false");
  EXPECT_EQ(call("POST", "/token", "{}", 400)["error"], R"(which one? {"token": "..."})");
  EXPECT_EQ(call("GET", "/none", "", 404)["error"], "no such control: GET /none");
}

TEST(ProgramTest, WritesItsFilesServesAndEndsOnSigterm) {
  const armsim::TempDirectory directory;
  const std::string folder = directory.path("sa");
  Program program(KUBESIM_PROGRAM,
                  {"--folder", folder, "--namespace", "team", "--service-account", "bot"});
  const std::string url = program.line();
  ASSERT_EQ(url.find("https://127.0.0.1:"), 0U) << url;
  EXPECT_EQ(text_of(folder + "/namespace"), "team");
  EXPECT_EQ(text_of(folder + "/control_url").find("http://127.0.0.1:"), 0U);
  EXPECT_NE(text_of(folder + "/kubeconfig").find(url), std::string::npos);
  httplib::Client client(url);
  client.set_ca_cert_path(folder + "/ca.crt");
  const auto result =
      client.Get("/api/v1/namespaces/team/configmaps",
                 httplib::Headers{{"Authorization", "Bearer " + text_of(folder + "/token")}});
  ASSERT_TRUE(result);
  EXPECT_EQ(result->status, 200);
  EXPECT_EQ(program.end(SIGTERM), 0);
}

TEST(ProgramTest, BadInputIsOneLineAndExitCode2) {
  const std::vector<std::pair<std::vector<std::string>, std::string>> cases = {
      {{}, "kubesim: --folder is required"},
      {{"--folder", "/proc/none"}, "kubesim: cannot write /proc/none/ca.crt"},
  };
  for (const auto& [arguments, line] : cases) {
    Program program(KUBESIM_PROGRAM, arguments);
    EXPECT_EQ(program.line(), line);
    EXPECT_EQ(program.line(), "") << "one line is enough";
    EXPECT_EQ(program.end(), 2);
  }
}

TEST(ProgramTest, HelpTellsOptionsAndControl) {
  Program program(KUBESIM_PROGRAM, {"--help"});
  std::string text;
  for (int i = 0; i < 60; ++i) text += program.line() + "\n";
  for (const char* const part : {"--folder", "POST   away", "replace-body"})
    EXPECT_NE(text.find(part), std::string::npos) << part;
  EXPECT_EQ(program.end(), 0);
}

}  // namespace
}  // namespace kubesim
