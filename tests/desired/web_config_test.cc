#include "desired/web_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "desired/temp_folder.h"

namespace defenderd {
namespace {

using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;

// "secret" by `htpasswd -nbBC 4 ann secret`.
constexpr const char* kHash = "$2y$04$uBHjgz0RLD7tEcWVWi/cu.ne..GbfobQMjcNePypP5FPYxcnoouem";
constexpr const char* kTls = "tls_server_config: {cert_file: tls.crt, key_file: /run/tls.key";

TEST(WebConfig, IsTheFormatOfExporterToolkit) {
  const auto config =
      read_web_config(std::string("tls_server_config:\n"
                                  "  cert_file: tls.crt\n"
                                  "  key_file: /run/tls.key\n"
                                  "  client_ca_file: clients.crt\n"
                                  "  client_auth_type: RequireAndVerifyClientCert\n"
                                  "  client_allowed_sans: [prometheus.example.com]\n"
                                  "  min_version: TLS13\n"
                                  "basic_auth_users:\n"
                                  "  ann: ") +
                          kHash + "\n",
                      "/etc/defenderd/web.yaml");
  ASSERT_TRUE(config) << format(config.error());
  ASSERT_TRUE(config->tls);
  EXPECT_EQ(config->tls->cert_file, "/etc/defenderd/tls.crt");
  EXPECT_EQ(config->tls->key_file, "/run/tls.key");
  EXPECT_EQ(config->tls->client_ca_file, "/etc/defenderd/clients.crt");
  EXPECT_EQ(config->tls->rules.client, ClientAuth::Required);
  EXPECT_EQ(config->tls->rules.min, TlsVersion::Tls13);
  EXPECT_EQ(config->tls->rules.allowed_sans, std::vector<std::string>{"prometheus.example.com"});
  ASSERT_EQ(config->users.size(), 1);
  EXPECT_EQ(config->users.front().name, "ann");
  EXPECT_EQ(config->users.front().hash.reveal(), kHash);
}

TEST(WebConfig, HasSafeDefaults) {
  const auto config = read_web_config(std::string(kTls) + "}\n", "web.yaml");
  ASSERT_TRUE(config) << format(config.error());
  EXPECT_EQ(config->tls->cert_file, "tls.crt");
  EXPECT_EQ(config->tls->rules.min, TlsVersion::Tls12);
  EXPECT_EQ(config->tls->rules.client, ClientAuth::NotAsked);
  EXPECT_TRUE(config->users.empty());
}

TEST(WebConfig, WhatIsWrongIsSaidWithItsPlace) {
  struct Case {
    const char* description;
    std::string text;
    const char* says;
  };
  const std::string tls = kTls;
  for (const Case& c : {
           Case{"nothing", "",
                "web.yaml:1:1: the file is empty: expected tls_server_config or basic_auth_users"},
           Case{"a typo", "basic_auth_user: {}\n", "did you mean \"basic_auth_users\"?"},
           Case{"no key", "tls_server_config: {cert_file: a}\n",
                "missing key_file: expected the key"},
           Case{"an inline key", tls + ", key: x}\n", "not supported, delete it: use key_file"},
           Case{"cipher suites", tls + ", cipher_suites: [x]}\n", "not supported, delete it:"},
           Case{"http2", "http_server_config: {http2: true}\n", "the server speaks HTTP/1.1"},
           Case{"a limit", "rate_limit: {burst: 1}\n", "not supported, delete it:"},
           Case{"a key at the wrong level", "cert_file: x\n", "it belongs to tls_server_config"},
           Case{"an old version", tls + ", min_version: TLS11}\n",
                "TLS11 is not supported: expected TLS12 or TLS13"},
           Case{"versions in the wrong order", tls + ", min_version: TLS13, max_version: TLS12}\n",
                "max_version: lower than min_version"},
           Case{"certificates that nobody verifies",
                tls + ", client_auth_type: RequireAnyClientCert}\n",
                "is not supported, because it verifies no certificate"},
           Case{"no authority", tls + ", client_auth_type: RequireAndVerifyClientCert}\n",
                "missing client_ca_file"},
           Case{"an authority that is not used", tls + ", client_ca_file: x}\n",
                "no client is asked for a certificate"},
           Case{"names that are not used", tls + ", client_allowed_sans: [x]}\n",
                "no client is asked for a certificate"},
           Case{"no users", "basic_auth_users: {}\n", "expected a map of user names"},
           Case{"another hash", "basic_auth_users: {ann: $6$rounds}\n", "expected a bcrypt hash"},
           Case{"a cost that takes minutes",
                std::string("basic_auth_users: {ann: '$2y$17") + (kHash + 6) + "'}\n",
                "the cost of this bcrypt hash is 17: expected 4 to 14"},
           Case{"a colon", std::string("basic_auth_users: {'a:b': '") + kHash + "'}\n",
                "a user name cannot contain a colon"},
           Case{"a user twice",
                std::string("basic_auth_users:\n  ann: ") + kHash + "\n  ann: " + kHash + "\n",
                "web.yaml:3:3: basic_auth_users"},
       }) {
    const auto config = read_web_config(c.text, "web.yaml");
    ASSERT_FALSE(config) << c.description;
    EXPECT_THAT(format(config.error()), HasSubstr(c.says)) << c.description;
  }
}

TEST(WebConfig, APasswordInPlaceOfItsHashIsNotRepeated) {
  const auto config = read_web_config("basic_auth_users: {ann: hunter2-hunter2}\n", "web.yaml");
  ASSERT_FALSE(config);
  EXPECT_EQ(format(config.error()),
            "web.yaml:1:25: basic_auth_users: expected a bcrypt hash, as `htpasswd -nBC 10 "
            "NAME` prints after the colon\n");
}

// Whatever stands where: names, hashes and passwords in the place of keys and values.
TEST(WebConfig, NothingOfTheFileIsRepeated) {
  const std::string tls = kTls;
  for (const std::string& text : std::vector<std::string>{
           "basic_auth_users: {s3ntinel: x}\n",
           "basic_auth_users: {s3ntinel: [x]}\n",
           "basic_auth_users: {5318008: x}\n",
           "basic_auth_users: {[s3ntinel]: x}\n",
           "basic_auth_users: {ann: s3ntinel, bob: {s3ntinel: x}}\n",
           "basic_auth_users: {ann: !s3ntinel x, bob: !<s3ntinel> x}\n",
           "basic_auth_users: {ann: *s3ntinel}\n",
           "basic_auth_users: {ann: @s3ntinel}\n",
           "basic_auth_users: {ann: %s3ntinel}\n",
           "basic_auth_users: {ann: `s3ntinel}\n",
           "basic_auth_users: {ann: \"\\s3ntinel\"}\n",
           "basic_auth_users:\n  ann: |s3ntinel\n",
           "basic_auth_users: !s3ntinel\n  ann: &s3ntinel\n",
           "basic_auth_users: s3ntinel\n",
           "basic_auth_users: [s3ntinel]\n",
           "basic_auth_users: {'s3ntinel:x': x}\n",
           std::string("basic_auth_users: {s3ntinel: ") + kHash + ", s3ntinel: " + kHash + "}\n",
           "basic_auth_users: {" + std::string(300, '5') + "s3ntinel: x}\n",
           "s3ntinel: x\n",
           "s3ntinel\n",
           "- s3ntinel\n",
           "s3ntinel: x\ns3ntinel: y\n",
           "? [s3ntinel]\n: x\n",
           "tls_server_config: s3ntinel\n",
           tls + ", s3ntinel: x}\n",
           tls + ", min_version: s3ntinel}\n",
           tls + ", client_auth_type: s3ntinel}\n",
           tls + ", client_auth_type: 5318008}\n",
           tls + ", client_allowed_sans: s3ntinel}\n",
           tls + ", client_allowed_sans: [{s3ntinel: x}, 5318008]}\n",
           "tls_server_config: {cert_file: [s3ntinel], key_file: 5318008}\n",
           "tls_server_config: {cert_file: {s3ntinel: 5}, key_file: 's3ntinel\a'}\n"}) {
    const auto config = read_web_config(text, "web.yaml");
    ASSERT_FALSE(config) << text;
    const std::string said = format(config.error());
    EXPECT_THAT(
        said, AllOf(Not(HasSubstr("s3ntinel")), Not(HasSubstr("5318008")), HasSubstr("web.yaml:")))
        << text;
  }
}

TEST(WebConfig, AFileThatCannotBeReadAndOneThatIsWrongAreOneErrorEach) {
  const TempFolder folder;
  const std::string path = folder.path("web.yaml");
  const WebConfigFile missing = read_web_config_file(path);
  ASSERT_FALSE(missing.text);
  ASSERT_FALSE(missing.content);
  EXPECT_EQ(missing.content.error().message, "cannot read " + path + ": no such file");

  folder.write("web.yaml", "basic_auth_users: {ann: x, bob: y}\n");
  const WebConfigFile wrong = read_web_config_file(path);
  EXPECT_TRUE(wrong.text) << "it can be read";
  ASSERT_FALSE(wrong.content);
  EXPECT_THAT(wrong.content.error().message,
              AllOf(HasSubstr(path + ":1:25: basic_auth_users: "), HasSubstr("\n" + path + ":1:"),
                    Not(EndsWith("\n"))));

  folder.write("web.yaml", std::string(kTls) + "}\n");
  const WebConfigFile good = read_web_config_file(path);
  ASSERT_TRUE(good.content) << good.content.error().message;
  EXPECT_EQ(good.content->tls->cert_file, folder.path("tls.crt"));
}

}  // namespace
}  // namespace defenderd
