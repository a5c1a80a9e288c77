// What a bad start says, and that it ends with 2.

#include <gmock/gmock.h>
#include <openssl/crypto.h>

#include <nlohmann/json.hpp>

#include "app/build_info.h"
#include "e2e/world.h"

namespace defenderd {
namespace {

using testing::ContainsRegex;
using testing::HasSubstr;
using testing::StartsWith;

class BadStartTest : public World {
 protected:
  BadStartTest() { write("desired.yaml", desired({"id: " + id(1) + ", plan: on"})); }

  // Its whole output, after it has ended by itself with 2.
  std::string failing_output(std::map<std::string, std::string> environment) {
    DaemonProcess daemon(
        {"run", "--config", path("settings.yaml"), "--desired", path("desired.yaml")},
        std::move(environment));
    EXPECT_EQ(daemon.wait_exit(), 2);
    daemon.wait_output("\n");
    return daemon.output();
  }
};

TEST_F(BadStartTest, MissingFile) {
  std::remove(path("desired.yaml").c_str());
  EXPECT_THAT(failing_output(credentials()), HasSubstr(path("desired.yaml")));
}

TEST_F(BadStartTest, BadYamlNamesLineColumnAndTheNearestKey) {
  write("desired.yaml",
        desired({"id: " + id(1) + ", plan: on, promtEvidence: on", "id: nonsense, plan: on"}));
  const std::string output = failing_output(credentials());
  EXPECT_THAT(output, HasSubstr("desired.yaml:5:"));
  EXPECT_THAT(output, HasSubstr("did you mean \"promptEvidence\"?"));
  EXPECT_THAT(output, HasSubstr("desired.yaml:6:")) << "all errors in one go";
}

TEST_F(BadStartTest, BadUrl) {
  write("settings.yaml",
        "apiVersion: defenderd/v1\nkind: Settings\nazure: {endpoints: {resourceManager: "
        "management.azure.com}}\n");
  const std::string output = failing_output(credentials());
  EXPECT_THAT(output, HasSubstr("resourceManager"));
  EXPECT_THAT(output, HasSubstr("https://"));
}

TEST_F(BadStartTest, NoCredential) {
  const std::string output = failing_output({});
  EXPECT_THAT(output, HasSubstr("AZURE_CLIENT_ID"));
}

TEST_F(BadStartTest, PortTaken) {
  write("settings.yaml", settings() + "");
  const auto first = run();
  const int port = first->port();
  ASSERT_NE(port, 0) << first->output();
  std::string taken = settings();
  taken.replace(taken.find("127.0.0.1:0'"), 12, "127.0.0.1:" + std::to_string(port) + "'");
  write("settings.yaml", taken);
  EXPECT_THAT(failing_output(credentials()), HasSubstr(std::to_string(port)));
}

TEST_F(BadStartTest, UnreadableCaFile) {
  std::remove(path("ca.pem").c_str());
  EXPECT_THAT(failing_output(credentials()), HasSubstr("caFile"));
}

TEST(CommandLineTest, UnknownFlagsSuggest) {
  DaemonProcess daemon({"run", "--obsreve"}, {});
  EXPECT_EQ(daemon.wait_exit(), 2);
  EXPECT_TRUE(daemon.wait_output("did you mean --observe?")) << daemon.output();
}

TEST(CommandLineTest, VersionIsTold) {
  DaemonProcess daemon({"version"}, {});
  EXPECT_EQ(daemon.wait_exit(), 0);
  const std::string text = daemon.output();
  EXPECT_THAT(text, StartsWith("defenderd " + std::string(kVersion) + " (revision "));
  EXPECT_THAT(text, HasSubstr("\ncompiler: "));
  for (const char* const library : {"CLI11", "cpp-httplib", "nlohmann_json", "OpenSSL",
                                    "prometheus-cpp", "simdjson", "spdlog", "yaml-cpp", "zlib"}) {
    EXPECT_THAT(text, ContainsRegex(std::string("[ ,]") + library + " [0-9]+[.][0-9]")) << library;
  }
  DaemonProcess option({"--version"}, {});
  EXPECT_EQ(option.wait_exit(), 0);
  EXPECT_EQ(option.output(), text);
}

TEST(CommandLineTest, VersionIsToldToPrograms) {
  DaemonProcess daemon({"version", "-o", "json"}, {});
  EXPECT_EQ(daemon.wait_exit(), 0);
  const auto json = nlohmann::json::parse(daemon.output());
  EXPECT_EQ(json["version"], kVersion);
  DaemonProcess text({"version"}, {});
  EXPECT_TRUE(text.wait_output("(revision " + json["revision"].get<std::string>() + ")\n"));
  EXPECT_EQ(json["libraries"]["OpenSSL"], OpenSSL_version(OPENSSL_VERSION_STRING));
}

}  // namespace
}  // namespace defenderd
