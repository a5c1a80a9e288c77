// Credentials at wrong places, and servers that repeat what they were sent: the real program shows
// none of it. DaemonProcess and World search each answer, log and file; these tests see to it that
// there is something to find.

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

#include "e2e/secrets.h"
#include "e2e/world.h"
#include "server/http_server.h"
#include "support/fake_clock.h"
#include "support/key_pair.h"

namespace defenderd {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

const std::string kSecret(armsim::kClientSecret);
const std::string kJwt = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJtZSJ9.c2lnbmF0dXJlLW9m";
const std::string kEntraSecret = "abC8Q~dEfGhIjKlMnOpQrStUvWxYz0123456789.-";

class SecretsLeakTest : public World {
 protected:
  SecretsLeakTest() {
    azure_.add(subscription(1, true));
    write("desired.yaml", desired({"id: " + id(1) + ", plan: on, promptEvidence: on"}));
  }

  struct Ended {
    int code = -1;
    std::string output;
  };
  static Ended run_to_end(std::vector<std::string> arguments,
                          std::map<std::string, std::string> environment = {}) {
    DaemonProcess process(std::move(arguments), std::move(environment));
    const int code = process.wait_exit().value_or(-1);
    return {code, process.output()};
  }

  // Everything that the daemon shows, each searched on its way.
  static std::string all_pages(const DaemonProcess& daemon) {
    std::string all;
    for (const char* const page : {"/", "/metrics", "/healthz", "/readyz", "/api/v1/status",
                                   "/api/v1/subscriptions", "/api/v1/undeclared", "/nothing"})
      all += daemon.get(page).body;
    return all + daemon.get("/api/v1/subscriptions/" + id(1)).body;
  }
};

TEST_F(SecretsLeakTest, IdAndSecretSwapped) {
  for (const char* const command : {"run", "diff"}) {
    const Ended ended = run_to_end(
        {command, "--config", path("settings.yaml"), "--desired", path("desired.yaml")},
        {{"AZURE_CLIENT_ID", kSecret}, {"AZURE_CLIENT_SECRET", std::string(armsim::kClientId)}});
    EXPECT_EQ(ended.code, 2);
    EXPECT_THAT(ended.output, HasSubstr("AZURE_CLIENT_ID is not a GUID"));
  }
  const Ended tenant =
      run_to_end({"import", "--config", path("settings.yaml"), "--tenant", kSecret}, credentials());
  EXPECT_EQ(tenant.code, 2);
  EXPECT_THAT(tenant.output, HasSubstr("--tenant: expected a GUID"));
}

TEST_F(SecretsLeakTest, AServerThatRepeatsTheRequest) {
  write("settings.yaml", settings("journal: {file: " + path("journal") + "}\n"));
  for (const armsim::Operation operation :
       {armsim::Operation::Read, armsim::Operation::Write, armsim::Operation::Subscriptions}) {
    azure_.inject(armsim::Fault::answer(operation, 403, "Forbidden: {request}",
                                        "refused by the gateway: {request} -- the end")
                      .repeated(0));
    const auto daemon = run();
    const std::string why =
        operation == armsim::Operation::Subscriptions ? "refused" : "refused by the gateway";
    if (operation != armsim::Operation::Subscriptions) {
      ASSERT_TRUE(daemon->wait_output(why)) << daemon->output();
      EXPECT_TRUE(daemon->wait_get("/api/v1/subscriptions", "[redacted]"));
    }
    all_pages(*daemon);
    daemon->signal(SIGTERM);
    EXPECT_EQ(daemon->wait_exit(), 0);
    for (const char* const flag : {"--dry-run", "--yes"}) {
      const Ended ended = run_to_end({"apply", flag, "--config", path("settings.yaml"), "--desired",
                                      path("desired.yaml"), "-o", "json"},
                                     credentials());
      EXPECT_THAT(ended.output, HasSubstr("{")) << ended.output;
    }
    run_to_end({"import", "--config", path("settings.yaml")}, credentials());
    run_to_end({"journal", "--file", path("journal")});
    azure_.clear_faults();
  }
}

TEST_F(SecretsLeakTest, AnEntraThatRepeatsTheRequest) {
  auto echo = armsim::Fault::of(armsim::FaultKind::ReplaceBody, armsim::Operation::Token);
  for (const char* const body : {"<html><h1>405</h1><pre>{request}</pre>", "{request}",
                                 R"({"error":"invalid_client","error_description":"{request}"})"}) {
    echo.message = body;
    azure_.inject(echo.repeated(0));
    const Ended ended =
        run_to_end({"diff", "--config", path("settings.yaml"), "--desired", path("desired.yaml")},
                   credentials());
    EXPECT_EQ(ended.code, 2);
    EXPECT_THAT(ended.output, HasSubstr("CredentialFailed"));
    azure_.clear_faults();
  }
}

TEST_F(SecretsLeakTest, AFileOfSecretsAsConfiguration) {
  const KeyPair pair = make_key_pair(FakeClock().wall_now());
  const std::vector<std::pair<const char*, std::string>> contents{
      {"a secret", kSecret},
      {"a secret and a line end", kSecret + "\n"},
      {"a token", kJwt},
      {"a secret of Entra", kEntraSecret},
      {"a variable", "AZURE_CLIENT_SECRET=" + kSecret + "\n"},
      {"exports", "export AZURE_CLIENT_SECRET='" + kSecret + "'\nexport A=b\n"},
      {"a key", pair.key},
      {"a certificate and a key", pair.certificate + pair.key},
      {"a token answer", R"({"token_type":"Bearer","access_token":")" + kJwt + "\"}"},
      {"a list", "- " + kSecret + "\n- " + kJwt + "\n"},
      {"a key that is the secret", kEntraSecret + ": " + kJwt + "\n"},
      {"a quoted text", "\"" + kSecret + "\""},
      {"a tag", "!" + kEntraSecret + " x"},
      {"an alias", "*" + kEntraSecret},
      {"an escape", "\"\\q" + kSecret + "\""},
      {"a block", "|\n  " + kSecret + "\n"},
  };
  for (const auto& [description, content] : contents) {
    write("it", content);
    for (const char* const command : {"check", "diff", "run"}) {
      for (const bool as_settings : {true, false}) {
        const Ended ended =
            run_to_end({command, "--config", as_settings ? path("it") : path("settings.yaml"),
                        "--desired", as_settings ? path("desired.yaml") : path("it")},
                       credentials());
        EXPECT_EQ(ended.code, 2) << description;
        EXPECT_THAT(ended.output, HasSubstr("/it:1:")) << description << ", " << command;
        for (const std::string& line : {kEntraSecret, pair.key.substr(40, 40)})
          EXPECT_THAT(ended.output, Not(HasSubstr(line))) << description;
      }
    }
    std::filesystem::remove(path("it"));
  }
}

TEST_F(SecretsLeakTest, ASecretAsTheValueOfASetting) {
  const std::vector<std::string> azure{
      "auth: {method: clientSecret, clientSecretFile: '" + kSecret + "'}",
      "auth: {method: clientSecret, clientSecretFile: " + kEntraSecret + "}",
      "auth: {method: tokenFile, tokenFile: " + kJwt + "}",
      "auth: {method: clientCertificate, certificateFile: '" + kSecret + "'}",
      "auth: '" + kSecret + "'",
      "auth: {method: '" + kSecret + "'}",
      "auth: {clientId: '" + kSecret + "'}",
      "auth: {managedIdentity: {resourceId: '" + kSecret + "'}}",
      "tenantId: '" + kSecret + "'",
      "cloud: '" + kSecret + "'",
      "endpoints: {resourceManager: 'https://me:" + kSecret + "@host'}",
      "endpoints: {resourceManager: 'https://host/?sig=" + kSecret + "'}",
      "endpoints: {caFile: '" + kSecret + "'}",
      "timeouts: {connect: '" + kSecret + "'}",
      "budget: {readsPerSecond: '" + kSecret + "'}",
      "registerProvider: '" + kSecret + "'",
  };
  for (const std::string& line : azure) {
    write("it.yaml", "apiVersion: defenderd/v1\nkind: Settings\nazure:\n  " + line + "\n");
    for (const char* const command : {"check", "run", "healthcheck"}) {
      std::vector<std::string> arguments{command, "--config", path("it.yaml")};
      if (std::string_view(command) != "healthcheck")
        arguments.insert(arguments.end(), {"--desired", path("desired.yaml")});
      const Ended ended = run_to_end(std::move(arguments), credentials());
      EXPECT_EQ(ended.code, 2) << line;
      EXPECT_THAT(ended.output, AllOf(HasSubstr("it.yaml:4:"), Not(HasSubstr(kEntraSecret))));
    }
    std::filesystem::remove(path("it.yaml"));
  }
}

TEST_F(SecretsLeakTest, ASecretInTheDesiredState) {
  for (const std::string& entry :
       {"id: '" + kSecret + "', plan: on", "id: " + id(1) + ", plan: '" + kSecret + "'",
        "id: " + id(1) + ", plan: on, mode: '" + kSecret + "'",
        "id: " + id(1) + ", plan: on, name: " + kJwt,
        "id: " + id(1) + ", plan: on, reason: 'by " + kEntraSecret + "'",
        "id: " + id(1) + ", plan: on, " + kEntraSecret + ": on",
        "id: " + id(1) + ", plan: on, tenantId: '" + kSecret + "'",
        "id: " + id(1) + ", plan: on, interval: '" + kSecret + "'"}) {
    write("it.yaml", desired({entry}));
    const Ended ended =
        run_to_end({"check", "--config", path("settings.yaml"), "--desired", path("it.yaml")});
    EXPECT_EQ(ended.code, 2) << entry;
    EXPECT_THAT(ended.output, AllOf(HasSubstr("it.yaml:5:"), Not(HasSubstr(kEntraSecret))));
    for (const char* const form : {"json", "github"}) {
      const Ended other = run_to_end(
          {"check", "-o", form, "--desired", path("it.yaml"), "--config", path("settings.yaml")});
      EXPECT_EQ(other.code, 2) << entry;
      EXPECT_THAT(other.output, AllOf(HasSubstr("it.yaml"), Not(HasSubstr(kEntraSecret))));
    }
    std::filesystem::remove(path("it.yaml"));
  }
}

// The last good file stays in force, and what is wrong with the new one reaches log, API and page.
TEST_F(SecretsLeakTest, ASecretInAnEdit) {
  const auto daemon = run();
  ASSERT_TRUE(daemon->wait_output("first_sweep")) << daemon->output();
  write("desired.yaml", kSecret + "\n");
  ASSERT_TRUE(daemon->wait_output("reload_failed")) << daemon->output();
  daemon->post("/-/reload");
  all_pages(*daemon);
  std::filesystem::remove(path("desired.yaml"));
}

TEST_F(SecretsLeakTest, ASecretInAVariable) {
  write("auto.yaml", "apiVersion: defenderd/v1\nkind: Settings\nserver: {listen: '127.0.0.1:0'}\n");
  const std::string client(armsim::kClientId);
  const std::string tenant(armsim::kTenant);
  for (const std::map<std::string, std::string>& environment :
       std::vector<std::map<std::string, std::string>>{
           {{"AZURE_TENANT_ID", kSecret}},
           {{"AZURE_CLIENT_ID", client}, {"AZURE_FEDERATED_TOKEN_FILE", kJwt}},
           {{"AZURE_CLIENT_ID", client}, {"AZURE_FEDERATED_TOKEN_FILE", kSecret}},
           {{"AZURE_CLIENT_ID", client}, {"AZURE_CLIENT_CERTIFICATE_PATH", kSecret}},
           {{"AZURE_AUTHORITY_HOST", kSecret}},
           {{"AZURE_AUTHORITY_HOST", "https://me:" + kSecret + "@host"}},
           {{"AZURE_AUTHORITY_HOST", "https://host/?sig=" + kSecret}},
           {{"AZURE_POD_IDENTITY_AUTHORITY_HOST", kSecret}},
           {{"IDENTITY_ENDPOINT", kSecret}, {"IDENTITY_HEADER", kSecret}},
           {{"HTTPS_PROXY", "https://me:" + kSecret + "@proxy:1"}},
           {{"HTTPS_PROXY", "http://me:" + kSecret}},
           {{"HTTPS_PROXY", kSecret}}}) {
    const Ended ended = run_to_end(
        {"run", "--config", path("auto.yaml"), "--desired", path("desired.yaml")}, environment);
    EXPECT_EQ(ended.code, 2) << environment.begin()->first << "\n" << ended.output;
    EXPECT_THAT(ended.output, HasSubstr("defenderd: ")) << environment.begin()->first;
  }
}

TEST_F(SecretsLeakTest, AProxyWithALogin) {
  write("settings.yaml",
        "apiVersion: defenderd/v1\nkind: Settings\npoll: {retry: {min: 1s}}\nazure: {tenantId: " +
            std::string(armsim::kTenant) +
            ", endpoints: {resourceManager: 'https://arm.example.test', authority: "
            "'https://login.example.test'}, timeouts: {connect: 1s, request: 2s}}\n");
  auto environment = credentials();
  environment["HTTPS_PROXY"] = "http://me:p%40ss-Word1@127.0.0.1:1";
  const Ended ended = run_to_end(
      {"diff", "--config", path("settings.yaml"), "--desired", path("desired.yaml")}, environment);
  EXPECT_EQ(ended.code, 2);
  EXPECT_THAT(ended.output, AllOf(HasSubstr("CredentialFailed"), Not(HasSubstr("ss-Word1"))));
}

TEST_F(SecretsLeakTest, ASecretOnTheCommandLine) {
  const std::string settings_path = path("settings.yaml");
  for (const std::vector<std::string>& arguments : std::vector<std::vector<std::string>>{
           {kSecret},
           {"run", kSecret},
           {"run", "--client-secret", kSecret},
           {"run", "--client-secret=" + kSecret},
           {"run", "--password", "hunter"},
           {"run", "--config", kSecret},
           {"run", "--config", settings_path, "--desired", kSecret},
           {"check", "--config", kJwt},
           {"diff", "-o", kSecret},
           {"diff", "--config", settings_path, "--only", kSecret},
           {"apply", "--owner", kSecret},
           {"apply", "--yes", "--max", kSecret},
           {"import", "--mode", kSecret},
           {"import", "--config", settings_path, "--tenant", "hunter"},
           {"import", "--config", kSecret},
           {"journal", "--file", kSecret},
           {"journal", "--file", "/nonexistent/" + kEntraSecret},
           {"journal", "--since", kSecret},
           {"journal", "--subscription", kSecret},
           {"journal", "--subscription", "hunter"},
           {"healthcheck", "--url", "http://me:" + kSecret + "@127.0.0.1:1"},
           {"healthcheck", "--url", kSecret},
           {"healthcheck", "--timeout", kSecret},
           {"healthcheck", "--config", kSecret}}) {
    const Ended ended = run_to_end(arguments, credentials());
    EXPECT_EQ(ended.code, 2) << arguments.back();
    EXPECT_THAT(ended.output, AllOf(HasSubstr("defenderd"), Not(HasSubstr("hunter")),
                                    Not(HasSubstr(kEntraSecret))))
        << arguments.front();
  }
  const Ended import = run_to_end(
      {"import", "--config", settings_path, "-o", "/nonexistent/" + kSecret}, credentials());
  EXPECT_EQ(import.code, 2);
  EXPECT_THAT(import.output, HasSubstr("cannot write"));
}

TEST_F(SecretsLeakTest, AnUnhealthyServerThatShowsATokenIsNotQuoted) {
  HttpServerOptions options;
  options.routes = {{"GET", "/healthz", [](const Request& /*request*/) {
                       return Response{.status = 503,
                                       .body = "denied: Authorization: Bearer " + kJwt +
                                               " password=" + kSecret + "\x1b]0;title\x07"};
                     }}};
  auto server = HttpServer::start(std::move(options));
  ASSERT_TRUE(server);
  const Ended ended =
      run_to_end({"healthcheck", "--url", "http://127.0.0.1:" + std::to_string((*server)->port())});
  EXPECT_EQ(ended.code, 1);
  EXPECT_THAT(ended.output, AllOf(HasSubstr("503: denied"), Not(HasSubstr("\x1b"))));
}

}  // namespace
}  // namespace defenderd
