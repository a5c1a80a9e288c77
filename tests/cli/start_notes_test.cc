#include "cli/start_notes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "desired/temp_folder.h"
#include "server/test_authority.h"

namespace defenderd {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

class StartNotesTest : public testing::Test {
 protected:
  std::string warning(const std::string& key, const std::string& name,
                      const std::string& what = "no such file") {
    return key + ": " + folder_.path(name) + ": " + what +
           "; a defenderd that runs here does not start";
  }
  std::vector<std::string> warnings() const {
    std::vector<std::string> texts;
    for (const FileWarning& one : start_notes(settings_).warnings) texts.push_back(format(one));
    return texts;
  }
  std::string problems() const { return format(start_notes(settings_).problems); }

  const TempFolder folder_;
  Settings settings_;
};

TEST_F(StartNotesTest, SettingsThatNameNoFilesHaveNone) {
  EXPECT_THAT(warnings(), IsEmpty());
  EXPECT_EQ(problems(), "");
}

TEST_F(StartNotesTest, NameWhatIsNotThere) {
  settings_.azure.auth.client_secret_file = folder_.path("secret");
  settings_.azure.auth.certificate_file = folder_.path("app.pem");
  settings_.azure.endpoints.ca_file = folder_.path("ca.pem");
  settings_.coordination.token_file = folder_.path("unused");
  settings_.server.web_config_file = folder_.path("web.yaml");
  settings_.journal_file = folder_.path("no/journal.jsonl");
  settings_.state_file = folder_.path("state.json");
  EXPECT_THAT(warnings(),
              ElementsAre(warning("azure.auth.clientSecretFile", "secret"),
                          warning("azure.auth.certificateFile", "app.pem"),
                          warning("azure.endpoints.caFile", "ca.pem"),
                          warning("journal.file", "no/journal.jsonl", "its folder does not exist"),
                          warning("server.webConfigFile", "web.yaml")));
  EXPECT_EQ(problems(), "");
  folder_.write("secret", "s");
  folder_.write("app.pem", "p");
  folder_.write("ca.pem", "c");
  folder_.write("web.yaml", "tls_server_config: {cert_file: tls.crt, key_file: tls.key}\n");
  settings_.journal_file = "-";
  EXPECT_THAT(warnings(), ElementsAre(warning("server.webConfigFile", "tls.crt"),
                                      warning("server.webConfigFile", "tls.key")));
}

TEST_F(StartNotesTest, ABadWebConfigurationIsAProblem) {
  settings_.server.web_config_file = folder_.path("web.yaml");
  folder_.write("web.yaml", "basic_auth_users: {ann: secret}\n");
  EXPECT_THAT(problems(), StartsWith(folder_.path("web.yaml") + ":1:"));
  const TestAuthority authority;
  folder_.write("web.yaml", "tls_server_config: {cert_file: tls.crt, key_file: tls.key}\n");
  folder_.write("tls.crt", authority.server().certificate_pem);
  folder_.write("tls.key", authority.server().key_pem);
  EXPECT_THAT(problems(), AllOf(StartsWith("server.webConfigFile: " + folder_.path("web.yaml")),
                                HasSubstr("key_file")));
  const auto own = authority.server();
  folder_.write("tls.crt", own.certificate_pem);
  folder_.write("tls.key", own.key_pem);
  EXPECT_EQ(problems(), "");
  EXPECT_THAT(warnings(), IsEmpty());
}

}  // namespace
}  // namespace defenderd
