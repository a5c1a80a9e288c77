// The simulator as a program: its command line, its first line, its end.

#include <gtest/gtest.h>
#include <httplib.h>

#include <csignal>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "armsim/certificates.h"
#include "armsim/state_file.h"
#include "armsim/temp_directory.h"
#include "armsim/test_client.h"
#include "support/program.h"

namespace armsim {
namespace {

using defenderd::Program;

TEST(ProgramTest, ServesWhatTheStateFileSaysAndEndsOnSigterm) {
  const TempDirectory directory;
  const std::string tenant2 = "1b2c3d4e-5f60-4718-8293-a4b5c6d7e8f9";
  const std::string state = directory.write("state.yaml",
                                            "subscriptions:\n"
                                            "  - id: " +
                                                kSub +
                                                "\n"
                                                "    plan: on\n"
                                                "    extensions: {AIPromptEvidence: off}\n"
                                                "  - {id: " +
                                                kOther + ", tenant: " + tenant2 + "}\n");
  Program program(ARMSIM_PROGRAM,
                  {"--ca-out", directory.path("ca.pem"), "--state", state, "--client-secret-file",
                   directory.write("secret", "from the file\n"), "--client-id", kSub, "--behaviour",
                   "token_lifetime=5m"});
  const std::string url = program.line();
  ASSERT_EQ(url.find("https://127.0.0.1:"), 0U) << url;
  httplib::Client client(url);
  client.set_ca_cert_path(directory.path("ca.pem"));
  const auto token_of = [&](const std::string& tenant) {
    const auto result = client.Post("/" + tenant + "/oauth2/v2.0/token",
                                    httplib::Params{{"client_id", kSub},
                                                    {"client_secret", "from the file"},
                                                    {"grant_type", "client_credentials"},
                                                    {"scope", url + "/.default"}});
    return result ? nlohmann::json::parse(result->body) : nlohmann::json();
  };
  const auto token = token_of(std::string(kTenant));
  EXPECT_EQ(token["expires_in"], 300);
  EXPECT_TRUE(token_of(tenant2).contains("access_token")) << "a tenant of the state file";
  const auto plan = client.Get(
      "/subscriptions/" + kSub + "/providers/Microsoft.Security/pricings/AI?api-version=2024-01-01",
      httplib::Headers{{"Authorization", "Bearer " + token["access_token"].get<std::string>()}});
  ASSERT_TRUE(plan);
  EXPECT_NE(plan->body.find(R"({"name":"AIPromptEvidence","isEnabled":"False"})"),
            std::string::npos)
      << plan->body;
  EXPECT_EQ(program.end(SIGTERM), 0);
}

TEST(ProgramTest, TakesACertificateFromFiles) {
  const TempDirectory directory;
  const auto made = make_server_certificate({});
  ASSERT_TRUE(made);
  Program program(ARMSIM_PROGRAM,
                  {"--tls-cert", directory.write("cert.pem", made->certificate_pem), "--tls-key",
                   directory.write("key.pem", made->key_pem), "--listen", "127.0.0.1:0"});
  httplib::Client client(program.line());
  client.set_ca_cert_path(directory.write("ca.pem", made->ca_pem));
  const auto result = client.Get("/metadata/endpoints");
  ASSERT_TRUE(result);
  EXPECT_EQ(result->status, 200);
  EXPECT_EQ(program.end(SIGINT), 0);
}

TEST(ProgramTest, BadInputIsOneLineAndExitCode2) {
  const TempDirectory directory;
  const std::string bad_state =
      directory.write("bad.yaml", "subscriptions:\n  - id: a\n    plam: on\n");
  struct Case {
    std::vector<std::string> arguments;
    std::string line;
  };
  const std::vector<Case> cases = {
      {{}, "armsim: choose one: --ca-out FILE, --tls-cert FILE with --tls-key FILE, or --http"},
      {{"--http", "--tls-cert", "x"}, "armsim: --tls-cert and --tls-key go together"},
      {{"--http", "--listen", "8080"},
       "armsim: --listen must be HOST:PORT like 127.0.0.1:8443, not '8080'"},
      {{"--http", "--behaviour", "latncy=5ms"},
       "armsim: unknown behaviour 'latncy', did you mean 'latency'?"},
      {{"--http", "--latency", "slow"},
       "armsim: behaviour latency must be a duration like 250ms or 1h, not 'slow'"},
      {{"--http", "--client-secret-file", directory.path("none")},
       "armsim: cannot read " + directory.path("none")},
      {{"--http", "--client-secret-file", directory.write("empty", "\n")},
       "armsim: " + directory.path("empty") + " is empty"},
      {{"--http", "--state", bad_state},
       "armsim: " + bad_state + ":2: unknown key 'plam', did you mean 'plan'?"},
      {{"--nonsense"}, "armsim: The following argument was not expected: --nonsense"},
  };
  for (const Case& c : cases) {
    Program program(ARMSIM_PROGRAM, c.arguments);
    EXPECT_EQ(program.line(), c.line);
    EXPECT_EQ(program.line(), "") << "one line is enough";
    EXPECT_EQ(program.end(), 2);
  }
}

TEST(ProgramTest, HelpTellsOptionsBehaviourAndControl) {
  Program program(ARMSIM_PROGRAM, {"--help"});
  std::string text;
  for (int i = 0; i < 80; ++i) text += program.line() + "\n";
  for (const char* part : {"--ca-out", "list_merges=true", "POST   faults", "drop-after-effect"})
    EXPECT_NE(text.find(part), std::string::npos) << part;
  EXPECT_EQ(program.end(), 0);
}

TEST(StateFileTest, NamesTheLineOfWhatIsWrong) {
  const TempDirectory directory;
  struct Case {
    std::string text, message;
  };
  const std::string file = directory.path("state.yaml");
  const std::vector<Case> cases = {
      {"- a\n", ":1: expected one key, 'subscriptions', with a list"},
      {"subscriptions: 3\n", ":1: expected one key, 'subscriptions', with a list"},
      {"subscriptions:\n  - name: x\n", ":2: a subscription needs an 'id'"},
      {"subscriptions:\n  - {id: a}\n  - {id: A}\n", ":3: subscription A is listed twice"},
      {"subscriptions:\n  - id: a\n    access: all\n",
       ":2: 'access' must be none, read or write, not \"all\""},
      {"subscriptions: [\n", ":2: end of sequence flow not found"},
      {"subscriptions: &x [*x]\n", ":1: nested too deep"},
  };
  for (const Case& c : cases) {
    ASSERT_EQ(directory.write("state.yaml", c.text), file);
    const auto state = read_state(file);
    ASSERT_FALSE(state) << c.text;
    EXPECT_EQ(state.error().message, file + c.message);
  }
  EXPECT_EQ(read_state(directory.path("none")).error().message,
            "cannot read " + directory.path("none"));
}

TEST(StateFileTest, ReadsEveryKindOfValue) {
  const TempDirectory directory;
  const auto state = read_state(directory.write("state.yaml", R"(
subscriptions:
  - id: 6F2B9A52-3F0E-4C83-9A4B-0D9D8C8F3C11
    name: "123"
    registration: Registering
    registeringPolls: 3
    planOffered: no
    plan: true
    extensions: {A: on, B: "off"}
    properties: {list: [1, two]}
    failingExtensions: {A: no role}
)"));
  ASSERT_TRUE(state) << state.error().message;
  Subscription expected{.id = "6F2B9A52-3F0E-4C83-9A4B-0D9D8C8F3C11", .name = "123"};
  expected.registration = Registration::Registering;
  expected.registering_polls = 3;
  expected.plan_offered = false;
  expected.plan.on = true;
  expected.plan.extensions = {{"A", true}, {"B", false}};
  expected.plan.properties = R"({"list":[1,"two"]})";
  expected.failing_extensions = {{"A", "no role"}};
  EXPECT_EQ(*state, std::vector<Subscription>{expected});
}

}  // namespace
}  // namespace armsim
