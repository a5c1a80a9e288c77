#include "app/environment.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>  // NOLINT(modernize-deprecated-headers): setenv is POSIX
#include <sys/stat.h>

#include <filesystem>
#include <string>

#include "support/ids.h"
#include "support/sim_azure.h"

namespace defenderd {
namespace {

using testing::Contains;
using testing::Each;
using testing::Not;
using testing::StartsWith;

// Sets a variable and takes it back.
class Variable {
 public:
  Variable(const char* name, const std::string& value) : name_(name) {
    const char* const before = ::getenv(name);
    if (before != nullptr) before_ = before;
    ::setenv(name, value.c_str(), 1);
  }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;
  ~Variable() {
    if (before_) {
      ::setenv(name_, before_->c_str(), 1);
    } else {
      ::unsetenv(name_);
    }
  }

 private:
  const char* const name_;
  std::optional<std::string> before_;
};

TEST(EnvironmentTest, ReadsTheVariablesOfAzuresTools) {
  // What is no GUID here is taken for a secret in the wrong place, by every later test too.
  const std::string tenant_id = guid(1);
  const std::string client_id = guid(2);
  const Variable tenant("AZURE_TENANT_ID", tenant_id);
  const Variable client("AZURE_CLIENT_ID", client_id);
  const Variable secret("AZURE_CLIENT_SECRET", "secret");
  const Variable path("AZURE_CLIENT_CERTIFICATE_PATH", "/keeper.pem");
  const Variable password("AZURE_CLIENT_CERTIFICATE_PASSWORD", "password");
  const Variable federated("AZURE_FEDERATED_TOKEN_FILE", "/token");
  const Variable authority("AZURE_AUTHORITY_HOST", "https://login");
  const Variable imds("AZURE_POD_IDENTITY_AUTHORITY_HOST", "http://imds");
  const Variable cert_file("SSL_CERT_FILE", "/cas.pem");
  const Variable cert_dir("SSL_CERT_DIR", "/cas:/more");
  const Environment environment = read_environment();
  EXPECT_EQ(environment.ssl_cert_file, "/cas.pem");
  EXPECT_EQ(environment.ssl_cert_dir, "/cas:/more");
  EXPECT_EQ(environment.tenant_id, tenant_id);
  EXPECT_EQ(environment.client_id, client_id);
  EXPECT_EQ(environment.client_secret.reveal(), "secret");
  EXPECT_EQ(environment.certificate_path, "/keeper.pem");
  EXPECT_EQ(environment.certificate_password.reveal(), "password");
  EXPECT_EQ(environment.federated_token_file, "/token");
  EXPECT_EQ(environment.authority_host, "https://login");
  EXPECT_EQ(environment.imds_host, "http://imds");
}

TEST(EnvironmentTest, NoValueHasALineEnd) {
  const std::string tenant_id = guid(1);
  const std::string client_id = guid(2);
  const Variable tenant("AZURE_TENANT_ID", tenant_id + "\r\n");
  const Variable client("AZURE_CLIENT_ID", client_id + "\n");
  const Variable secret("AZURE_CLIENT_SECRET", " se cret\r\n");
  const Variable path("AZURE_CLIENT_CERTIFICATE_PATH", "/keeper.pem\n");
  const Variable password("AZURE_CLIENT_CERTIFICATE_PASSWORD", " pass word \r\n");
  const Variable federated("AZURE_FEDERATED_TOKEN_FILE", "/token\n");
  const Variable authority("AZURE_AUTHORITY_HOST", "https://login\n");
  const Variable imds("AZURE_POD_IDENTITY_AUTHORITY_HOST", "http://imds\n");
  const Variable cert_file("SSL_CERT_FILE", "/cas.pem\n");
  const Variable proxy("HTTPS_PROXY", "http://proxy:3128\n");
  const Variable login("DEFENDERD_BASIC_AUTH_FILE", "/login\n");
  const Variable endpoint("IDENTITY_ENDPOINT", "http://localhost/msi\n");
  const Variable header("IDENTITY_HEADER", "header\n");
  const Environment environment = read_environment();
  EXPECT_EQ(environment.tenant_id, tenant_id);
  EXPECT_EQ(environment.client_id, client_id);
  EXPECT_EQ(environment.client_secret.reveal(), "se cret");
  EXPECT_EQ(environment.certificate_path, "/keeper.pem");
  EXPECT_EQ(environment.certificate_password.reveal(), " pass word ") << "blanks may belong to it";
  EXPECT_EQ(environment.federated_token_file, "/token");
  EXPECT_EQ(environment.authority_host, "https://login");
  EXPECT_EQ(environment.imds_host, "http://imds");
  EXPECT_EQ(environment.ssl_cert_file, "/cas.pem");
  EXPECT_EQ(environment.https_proxy, "http://proxy:3128");
  EXPECT_EQ(environment.basic_auth_file, "/login");
  EXPECT_EQ(environment.identity_endpoint().url, "http://localhost/msi");
  EXPECT_EQ(environment.identity_endpoint().header.reveal(), "header");
}

TEST(EnvironmentTest, ReadsTheIdentityEndpointWhenItIsNeeded) {
  const Environment environment = read_environment();
  const Variable url("IDENTITY_ENDPOINT", "http://localhost/msi");
  {
    const Variable header("IDENTITY_HEADER", "first");
    EXPECT_EQ(environment.identity_endpoint().header.reveal(), "first");
  }
  const Variable header("IDENTITY_HEADER", "second");
  EXPECT_EQ(environment.identity_endpoint().header.reveal(), "second");
  EXPECT_EQ(environment.identity_endpoint().url, "http://localhost/msi");
}

TEST(EnvironmentTest, ProgramsThatAreStartedGetNoSecretOfOurs) {
  const Variable secret("AZURE_CLIENT_SECRET", "hunter2");
  const Variable password("AZURE_CLIENT_CERTIFICATE_PASSWORD", "hunter2");
  const Variable header("IDENTITY_HEADER", "hunter2");
  const Variable home("AZURE_CONFIG_DIR", "/home/keeper/.azure");
  const auto inherited = read_environment().inherited;
  EXPECT_THAT(inherited, Contains("AZURE_CONFIG_DIR=/home/keeper/.azure"));
  EXPECT_THAT(inherited, Contains(StartsWith("PATH=")));
  EXPECT_THAT(inherited, Each(Not(testing::HasSubstr("hunter2"))));
}

TEST(EnvironmentTest, TheServiceManagerTalksToThisProcessAlone) {
  const Variable socket("NOTIFY_SOCKET", "/run/notify");
  const Variable usec("WATCHDOG_USEC", "60000000");
  const Variable pid("WATCHDOG_PID", "4711");
  const Environment environment = read_environment();
  EXPECT_EQ(environment.notify_socket, "/run/notify");
  EXPECT_EQ(environment.watchdog_usec, "60000000");
  EXPECT_EQ(environment.watchdog_pid, "4711");
  EXPECT_THAT(environment.inherited, Each(Not(StartsWith("NOTIFY_"))));
  EXPECT_THAT(environment.inherited, Each(Not(StartsWith("WATCHDOG_"))));
}

TEST(FindProgram, LooksThroughAbsoluteFoldersForWhatCanBeRun) {
  const TempFile program("#!/bin/sh\n");  // its name is "file"
  const std::string folder = std::filesystem::path(program.path()).parent_path();
  const std::string path = "relative::/nonexistent:" + folder + ":/proc";
  EXPECT_EQ(find_program(path, "file"), "") << "not executable";
  ::chmod(program.path().c_str(), 0700);
  EXPECT_EQ(find_program(path, "file"), program.path());
  EXPECT_EQ(find_program(std::filesystem::path(folder).parent_path().string(),
                         std::filesystem::path(folder).filename()),
            "")
      << "a folder is no program";
  EXPECT_EQ(find_program("", "file"), "");
  EXPECT_EQ(find_program(".:bin", "sh"), "") << "never from where defenderd happens to be";
}

}  // namespace
}  // namespace defenderd
