#include "app/credentials.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <functional>
#include <vector>

#include "app/credential_maker.h"
#include "support/fake_clock.h"
#include "support/fake_transport.h"
#include "support/key_pair.h"
#include "support/sim_azure.h"

namespace defenderd {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr const char* kClient = "0c6d7e0e-6a3b-4a53-8d5f-2f3c9d4b8e22";
constexpr const char* kTenantText = "5a1f4a1c-8f9b-4a0e-b7b3-9b8c6d7e5f33";

class CredentialsTest : public testing::Test {
 protected:
  Result<Credential> make() {
    return make_credential(settings_, environment_, endpoints_, wire_, clock_, "defenderd/test",
                           [this](const std::string& text) { announced_.push_back(text); });
  }
  std::string description() {
    const auto credential = make();
    return credential ? credential->description : "error: " + credential.error().message;
  }
  std::string error() {
    const auto credential = make();
    return credential ? "no error, but " + credential->description : credential.error().message;
  }
  void set_app_service() {
    environment_.identity_endpoint = [] {
      return IdentityEndpoint{"http://localhost:42356/msi/token", Secret("header")};
    };
  }

  static std::string pem() {
    static const KeyPair pair = make_key_pair(FakeClock().wall_now());
    return pair.certificate + pair.key;
  }

  const TempFile token_{"projected-token"};
  const TempFile pem_{pem()};
  const TempFile az_{"#!/bin/sh\necho '{\"accessToken\":\"from-az\",\"expires_on\":1767229200}'\n"};
  AzureSettings settings_;
  Environment environment_;
  CloudEndpoints endpoints_ = *cloud_endpoints("AzureCloud", {});
  FakeTransport wire_;
  FakeClock clock_;
  std::vector<std::string> announced_;
};

struct Choice {
  const char* description;
  bool client_id;
  bool secret;
  bool certificate;
  bool federated;
  bool app_service;
  const char* chosen;
  std::vector<const char*> passed_over;
};

// Without a network: no request is expected, and the fake transport would fail on one.
TEST_F(CredentialsTest, AutoTakesTheFirstThatIsSet) {
  const char* const no_secret = "client secret (AZURE_CLIENT_SECRET is not set)";
  const char* const no_certificate =
      "client certificate (AZURE_CLIENT_CERTIFICATE_PATH is not set)";
  const char* const no_federated = "workload identity (AZURE_FEDERATED_TOKEN_FILE is not set)";
  for (const Choice& choice : std::vector<Choice>{
           {"everything", true, true, true, true, true, "client secret of", {}},
           {"no secret", true, false, true, true, true, "client certificate", {no_secret}},
           {"a pod",
            true,
            false,
            false,
            true,
            false,
            "workload identity",
            {no_secret, no_certificate}},
           {"a pod on App Service",
            true,
            false,
            false,
            true,
            true,
            "workload identity",
            {no_secret, no_certificate}},
           {"App Service",
            false,
            false,
            false,
            false,
            true,
            "managed identity of this machine",
            {no_secret, no_certificate, no_federated}},
           {"App Service with a chosen identity",
            true,
            false,
            false,
            false,
            true,
            "managed identity 0c6d7e0e",
            {no_secret, no_certificate, no_federated}},
           {"a secret of nobody",
            false,
            true,
            false,
            false,
            true,
            "managed identity",
            {"client secret (neither AZURE_CLIENT_ID nor azure.auth.clientId is set)",
             no_certificate, no_federated}},
           {"a certificate and a token of nobody",
            false,
            false,
            true,
            true,
            true,
            "managed identity",
            {no_secret, "client certificate (neither AZURE_CLIENT_ID",
             "workload identity (neither AZURE_CLIENT_ID"}}}) {
    environment_ = {};
    environment_.tenant_id = kTenantText;
    if (choice.client_id) environment_.client_id = kClient;
    if (choice.secret) environment_.client_secret = Secret("hunter2");
    if (choice.certificate) environment_.certificate_path = pem_.path();
    if (choice.federated) environment_.federated_token_file = token_.path();
    if (choice.app_service) set_app_service();
    environment_.azure_cli = az_.path();
    const std::string said = description();
    EXPECT_TRUE(said.starts_with(choice.chosen)) << choice.description << ": " << said;
    EXPECT_THAT(said, AllOf(HasSubstr("auto"), Not(HasSubstr("hunter2")))) << choice.description;
    EXPECT_EQ(said.find("skipped") != std::string::npos, !choice.passed_over.empty())
        << choice.description << ": " << said;
    for (const char* const other : choice.passed_over)
      EXPECT_THAT(said, HasSubstr(other)) << choice.description;
  }
  EXPECT_THAT(announced_, IsEmpty());
}

TEST_F(CredentialsTest, FilesOfTheSettingsCountAsSet) {
  const TempFile secret("hunter2");
  settings_.auth.client_id = kClient;
  settings_.auth.certificate_file = pem_.path();
  EXPECT_THAT(description(), HasSubstr("client certificate"));
  settings_.auth.client_secret_file = secret.path();
  EXPECT_THAT(description(), HasSubstr("client secret of " + std::string(kClient)));
}

TEST_F(CredentialsTest, TheSettingsClientStandsBeforeTheVariable) {
  settings_.auth.client_id = kClient;
  environment_.client_id = "11111111-0000-4000-8000-000000000000";
  environment_.client_secret = Secret("hunter2");
  EXPECT_THAT(description(), HasSubstr("client secret of " + std::string(kClient)));
}

TEST_F(CredentialsTest, AMachineWithImdsAndNoCliIsAskedAtStart) {
  wire_.answer(400);
  EXPECT_THAT(description(), HasSubstr("managed identity of this machine (IMDS) (auto; skipped"));
  EXPECT_EQ(wire_.requests().at(0).origin.text(), "http://169.254.169.254");
  EXPECT_EQ(wire_.requests().at(0).timeout, 1s);
}

TEST_F(CredentialsTest, NothingAtAllIsABadStartThatSaysWhatToDo) {
  wire_.fail({TransportError::Kind::Timeout, "169.254.169.254 did not answer in time", false});
  const std::string words = error();
  EXPECT_THAT(words,
              AllOf(HasSubstr("there is no credential for Azure"), HasSubstr("AZURE_CLIENT_SECRET"),
                    HasSubstr("IDENTITY_ENDPOINT is not set"), HasSubstr("did not answer in time"),
                    HasSubstr("`az` is not in PATH"), HasSubstr("; set AZURE_CLIENT_ID")));
  EXPECT_THAT(words, Not(HasSubstr("\n")));
}

TEST_F(CredentialsTest, BetweenImdsAndCliTheFirstFetchDecides) {
  ::chmod(az_.path().c_str(), 0700);
  environment_.azure_cli = az_.path();
  environment_.inherited = {"PATH=/usr/bin:/bin"};
  const auto credential = make();
  ASSERT_TRUE(credential) << credential.error().message;
  EXPECT_TRUE(wire_.requests().empty()) << "nothing is asked at start";
  EXPECT_THAT(credential->description, HasSubstr("Azure CLI"));
  wire_.fail({TransportError::Kind::Connect, "cannot connect to IMDS", false});
  const auto token = credential->source->fetch(std::nullopt, {});
  ASSERT_TRUE(token) << token.error().message;
  EXPECT_EQ(token->value.reveal(), "from-az");
  EXPECT_THAT(announced_, ElementsAre(AllOf(HasSubstr("Azure CLI"), HasSubstr("client secret ("),
                                            HasSubstr("(cannot connect to IMDS)"))));
}

TEST_F(CredentialsTest, ImdsIsTakenBeforeTheCli) {
  environment_.azure_cli = az_.path();
  const auto credential = make();
  ASSERT_TRUE(credential);
  wire_.answer(400);
  wire_.answer(200, R"({"access_token":"from-imds","expires_in":"3599"})");
  const auto token = credential->source->fetch(std::nullopt, {});
  ASSERT_TRUE(token) << token.error().message;
  EXPECT_EQ(token->value.reveal(), "from-imds");
  EXPECT_THAT(announced_, ElementsAre(HasSubstr("(IMDS); skipped: client secret")));
}

TEST_F(CredentialsTest, ImdsMayBeElsewhere) {
  environment_.imds_host = "http://127.0.0.1:8181/";
  settings_.auth.method = AuthMethod::ManagedIdentity;
  const auto credential = make();
  ASSERT_TRUE(credential);
  wire_.answer(500);
  EXPECT_FALSE(credential->source->fetch(std::nullopt, {}));
  EXPECT_EQ(wire_.requests().at(0).origin.text(), "http://127.0.0.1:8181");
  environment_.imds_host = "not a URL";
  EXPECT_THAT(error(), HasSubstr("AZURE_POD_IDENTITY_AUTHORITY_HOST"));
}

TEST_F(CredentialsTest, EveryRequestForATokenHonoursTheSettingsTimeout) {
  settings_.request_timeout = 17s;
  environment_.client_id = kClient;
  environment_.tenant_id = kTenantText;
  environment_.client_secret = Secret("hunter2");
  environment_.certificate_path = pem_.path();
  environment_.federated_token_file = token_.path();
  const auto fetch_by = [this](AuthMethod method) {
    settings_.auth.method = method;
    const auto credential = make();
    ASSERT_TRUE(credential) << credential.error().message;
    wire_.answer(500);
    EXPECT_FALSE(credential->source->fetch(std::nullopt, {}));
    EXPECT_EQ(wire_.requests().back().timeout, 17s) << credential->description;
  };
  fetch_by(AuthMethod::ClientSecret);
  fetch_by(AuthMethod::ClientCertificate);
  fetch_by(AuthMethod::WorkloadIdentity);
  fetch_by(AuthMethod::ManagedIdentity);
  set_app_service();
  fetch_by(AuthMethod::ManagedIdentity);
  EXPECT_EQ(wire_.requests().size(), 5U);
}

TEST_F(CredentialsTest, AShortTimeoutHoldsForTheProbeToo) {
  settings_.request_timeout = 300ms;
  wire_.answer(400);
  EXPECT_THAT(description(), HasSubstr("(IMDS)"));
  EXPECT_EQ(wire_.requests().at(0).timeout, 300ms);
}

struct Identity {
  const char* description;
  std::function<void(AzureSettings&, Environment&)> set;
  const char* parameter;
};

TEST_F(CredentialsTest, TheManagedIdentityIsTheOneThatIsNamed) {
  for (const Identity& one : std::vector<Identity>{
           {"by the variable", [](auto&, auto&e) { e.client_id = kClient; }, "&client_id=0c6d"},
           {"by the settings", [](auto&s, auto&) { s.auth.client_id = kClient; },
            "&client_id=0c6d"},
           {"by its object",
            [](auto&s, auto&e) {
              e.client_id = "11111111-0000-4000-8000-000000000000";
              s.auth.identity_object_id = kClient;
            },
            "&object_id=0c6d"},
           {"by its resource",
            [](auto&s, auto&) { s.auth.identity_resource_id = "/subscriptions/x"; },
            "&msi_res_id=%2Fsubscriptions%2Fx"}}) {
    settings_ = {};
    environment_ = {};
    settings_.auth.method = AuthMethod::ManagedIdentity;
    one.set(settings_, environment_);
    const auto credential = make();
    ASSERT_TRUE(credential);
    wire_.answer(500);
    EXPECT_FALSE(credential->source->fetch(std::nullopt, {}));
    EXPECT_THAT(wire_.requests().back().target, HasSubstr(one.parameter)) << one.description;
  }
}

struct Lack {
  AuthMethod method;
  std::vector<const char*> words;
};

TEST_F(CredentialsTest, ASecretInQuotesIsNamedAndNotShown) {
  environment_.client_id = kClient;
  environment_.azure_cli = az_.path();
  // Auto takes no other identity in its place: that one may have other rights.
  for (const AuthMethod method : {AuthMethod::ClientSecret, AuthMethod::Auto}) {
    settings_.auth.method = method;
    for (const char* const quoted : {"\"hunter2~x\"", "'hunter2~x'"}) {
      environment_.client_secret = Secret(quoted);
      EXPECT_THAT(error(),
                  AllOf(HasSubstr("AZURE_CLIENT_SECRET is in quotes"), Not(HasSubstr("hunter2"))));
    }
  }
}

TEST_F(CredentialsTest, WhatPreventsTheUseOfASecretIsNamedAtTheStart) {
  environment_.client_id = kClient;
  environment_.azure_cli = az_.path();
  environment_.client_secret = Secret("AZURE_CLIENT_SECRET=hunter2");
  EXPECT_THAT(error(), HasSubstr("AZURE_CLIENT_SECRET begins with the name of a variable"));
  const TempFile token("Bearer hunter2");
  environment_.client_secret = {};
  environment_.federated_token_file = token.path();
  EXPECT_THAT(error(), AllOf(HasSubstr("AZURE_FEDERATED_TOKEN_FILE: the file " + token.path()),
                             HasSubstr("begins with \"Bearer\"")));
  settings_.auth.method = AuthMethod::TokenFile;
  settings_.auth.token_file = token.path();
  EXPECT_THAT(error(), HasSubstr("azure.auth.tokenFile: the file " + token.path() + " begins"));
}

TEST_F(CredentialsTest, AByteOrderMarkIsNotSent) {
  environment_.client_id = kClient;
  environment_.tenant_id = kTenantText;
  environment_.client_secret = Secret("\uFEFFhunter2~x");
  const auto credential = make();
  ASSERT_TRUE(credential) << credential.error().message;
  wire_.answer(500);
  EXPECT_FALSE(credential->source->fetch(std::nullopt, {}));
  EXPECT_THAT(wire_.requests().back().body, HasSubstr("client_secret=hunter2~x"));
}

TEST_F(CredentialsTest, AMethodThatIsAskedForSaysWhatItLacks) {
  for (const Lack& lack : std::vector<Lack>{
           {AuthMethod::ClientSecret,
            {"clientSecret", "AZURE_CLIENT_SECRET is not set", "azure.auth.clientSecretFile"}},
           {AuthMethod::ClientCertificate,
            {"clientCertificate", "AZURE_CLIENT_CERTIFICATE_PATH is not set"}},
           {AuthMethod::WorkloadIdentity,
            {"workloadIdentity", "AZURE_FEDERATED_TOKEN_FILE is not set",
             "azure.workload.identity/use"}},
           {AuthMethod::AzureCli, {"azureCli", "`az` is not in PATH", "az login"}},
           {AuthMethod::TokenFile, {"azure.auth.tokenFile"}}}) {
    settings_.auth.method = lack.method;
    for (const char* const word : lack.words) EXPECT_THAT(error(), HasSubstr(word));
  }
}

TEST_F(CredentialsTest, FilesThatCannotBeReadAreABadStart) {
  environment_.client_id = kClient;
  settings_.auth.client_secret_file = "/nonexistent/secret";
  EXPECT_THAT(error(), AllOf(HasSubstr("azure.auth.clientSecretFile"), HasSubstr("/nonexistent")));
  settings_.auth.client_secret_file = "";
  environment_.certificate_path = token_.path();
  EXPECT_THAT(error(), AllOf(HasSubstr(token_.path()), HasSubstr("no PEM private key")));
  environment_.certificate_path = "";
  environment_.federated_token_file = "/nonexistent/token";
  EXPECT_THAT(error(), AllOf(HasSubstr("AZURE_FEDERATED_TOKEN_FILE"), HasSubstr("/nonexistent")));
  environment_.federated_token_file = "";
  environment_.identity_endpoint = [] { return IdentityEndpoint{"localhost", Secret("h")}; };
  EXPECT_THAT(error(), HasSubstr("IDENTITY_ENDPOINT"));
}

TEST_F(CredentialsTest, ATenantThatIsNoGuidIsABadStart) {
  environment_.client_id = kClient;
  environment_.client_secret = Secret("hunter2");
  environment_.tenant_id = "contoso.onmicrosoft.com";
  EXPECT_THAT(error(), HasSubstr("AZURE_TENANT_ID is not a GUID"));
  settings_.tenant = TenantId::parse(kTenantText);
  EXPECT_TRUE(make()) << "the settings stand before the variable";
}

// The two variables are easily swapped, and the id is in the log.
TEST_F(CredentialsTest, AClientIdThatIsNoGuidIsABadStartAndNotShown) {
  const std::string secret = "Sw4pped~WithTheId";
  environment_.client_id = secret;
  environment_.client_secret = Secret(kClient);
  for (const AuthMethod method : {AuthMethod::Auto, AuthMethod::ClientSecret,
                                  AuthMethod::ManagedIdentity, AuthMethod::WorkloadIdentity}) {
    settings_.auth.method = method;
    EXPECT_THAT(error(), AllOf(HasSubstr("AZURE_CLIENT_ID is not a GUID"), Not(HasSubstr("Sw4p"))));
  }
  settings_.auth.client_id = kClient;
  settings_.auth.method = AuthMethod::ClientSecret;
  EXPECT_TRUE(make()) << "the settings stand before the variable";
}

}  // namespace
}  // namespace defenderd
