// The real daemon behind TLS and passwords, and the commands that call it.

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

#include "e2e/world.h"
#include "server/test_authority.h"
#include "server/tls_client.h"

namespace defenderd {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

// "secret" by bcrypt.
constexpr const char* kHash = "$2y$04$uBHjgz0RLD7tEcWVWi/cu.ne..GbfobQMjcNePypP5FPYxcnoouem";
constexpr const char* kLogin = "Authorization: Basic YW5uOnNlY3JldA==\r\n";

class WebConfigTest : public World {
 protected:
  WebConfigTest() {
    declare_on(1);
    give(authority_.server());
    write("web.yaml", "tls_server_config: {cert_file: tls.crt, key_file: tls.key}\n" + users());
    write("settings.yaml", settings_with_web_config());
  }
  // `more`: further keys of the server, "KEY: VALUE, ".
  std::string settings_with_web_config(const std::string& more = "") const {
    std::string text = settings();
    replace_all(text, "server: {",
                "server: {" + more + "webConfigFile: " + path("web.yaml") + ", ");
    return text;
  }
  static std::string users(const std::string& name = "ann") {
    return "basic_auth_users: {" + name + ": '" + kHash + "'}\n";
  }
  void give(const armsim::ServerCertificate& own) const {
    write("tls.crt", own.certificate_pem);
    write("tls.key", own.key_pem);
  }
  static std::string ask(const ClientTls& tls, int port, const std::string& what) {
    TlsClient client(tls, port);
    client.send(what);
    return client.read_answer();
  }
  // The same settings with the port that the daemon has, so that commands find it by them.
  void fix_port(int port) const {
    std::string text = settings_with_web_config();
    replace_all(text, "127.0.0.1:0", "127.0.0.1:" + std::to_string(port));
    write("fixed.yaml", text);
  }
  struct Ended {
    int code = -1;
    std::string output;
  };
  Ended command(std::vector<std::string> arguments,
                std::map<std::string, std::string> environment = {}) const {
    arguments.insert(arguments.end(), {"--config", path("fixed.yaml")});
    DaemonProcess process(std::move(arguments), std::move(environment));
    const int code = process.wait_exit().value_or(-1);
    return {code, process.output()};
  }

  const TestAuthority authority_;
  const ClientTls client_{authority_.pem()};
};

TEST_F(WebConfigTest, ServesTheFleetOverTlsToThoseWhoHaveThePassword) {
  const auto daemon = run();
  const int port = daemon->port();
  EXPECT_THAT(ask(client_, port, get("/healthz")), StartsWith("HTTP/1.1 200"));
  for (const char* path : {"/", "/metrics", "/api/v1/status", "/nowhere", "/app.js"}) {
    EXPECT_THAT(ask(client_, port, get(path)), StartsWith("HTTP/1.1 401")) << path;
  }
  EXPECT_THAT(ask(client_, port, get("/metrics", kLogin)), HasSubstr("defenderd_build_info"));
  EXPECT_THAT(ask(client_, port, "POST /-/reload HTTP/1.1\r\nHost: localhost\r\n\r\n"),
              StartsWith("HTTP/1.1 401"));
  RawClient plain(port);
  plain.send(get("/metrics"));
  EXPECT_THAT(plain.read_answer(), HasSubstr("this port speaks HTTPS: use https://"));
  EXPECT_THAT(daemon->output(), Not(HasSubstr("c2Vj")));
}

TEST_F(WebConfigTest, CommandsFollow) {
  const auto daemon = run();
  fix_port(daemon->port());
  const Ended healthy = command({"healthcheck"});
  EXPECT_EQ(healthy.code, 0) << healthy.output;
  EXPECT_THAT(healthy.output, StartsWith("healthy: https://127.0.0.1:"));

  const Ended denied = command({"freeze", "--reason", "incident 4711"});
  EXPECT_EQ(denied.code, 1);
  EXPECT_THAT(denied.output, HasSubstr("answered 401: this needs a user name and a password; put "
                                       "NAME:PASSWORD into a file that only you can read, and its "
                                       "path into DEFENDERD_BASIC_AUTH_FILE"));
  write("login", "ann:secret\n");
  const Ended done = command({"freeze", "--reason", "incident 4711"},
                             {{"DEFENDERD_BASIC_AUTH_FILE", path("login")}});
  EXPECT_EQ(done.code, 0) << done.output;
  EXPECT_THAT(ask(client_, daemon->port(), get("/metrics", kLogin)),
              HasSubstr("defenderd_writes_frozen{"));
}

TEST_F(WebConfigTest, AReportNeedsThePasswordAndTrustsTheAuthority) {
  const auto daemon = run();
  ASSERT_NE(daemon->port(), 0);
  write("ca.pem", authority_.pem());
  write("login", "ann:secret\n");
  const auto report = [&](const std::map<std::string, std::string>& environment) {
    DaemonProcess process(
        {"report", "--url", "https://localhost:" + std::to_string(daemon->port())}, environment);
    const int code = process.wait_exit().value_or(-1);
    return Ended{code, process.output()};
  };
  const Ended untrusted = report({});
  EXPECT_EQ(untrusted.code, 2);
  EXPECT_THAT(untrusted.output, HasSubstr("set SSL_CERT_FILE to the CA's certificate"));
  EXPECT_THAT(untrusted.output, Not(HasSubstr("caFile")));
  const Ended denied = report({{"SSL_CERT_FILE", path("ca.pem")}});
  EXPECT_EQ(denied.code, 2);
  EXPECT_THAT(denied.output, HasSubstr("into DEFENDERD_BASIC_AUTH_FILE"));
  const Ended done =
      report({{"SSL_CERT_FILE", path("ca.pem")}, {"DEFENDERD_BASIC_AUTH_FILE", path("login")}});
  EXPECT_THAT(done.output, HasSubstr("## Subscriptions (1)")) << done.code;
  std::filesystem::permissions(path("login"), std::filesystem::perms(0644));
  const std::map<std::string, std::string> both{{"SSL_CERT_FILE", path("ca.pem")},
                                                {"DEFENDERD_BASIC_AUTH_FILE", path("login")}};
  EXPECT_THAT(report(both).output,
              HasSubstr("warning: every user of this machine can read or write " + path("login")));
  std::filesystem::permissions(path("login"), std::filesystem::perms(0600));
  EXPECT_THAT(report(both).output, Not(HasSubstr("warning: every user")));
}

// Commands and a daemon that wants a certificate of each client.
class ClientCertificateTest : public WebConfigTest {
 protected:
  ClientCertificateTest() {
    write("web.yaml",
          "tls_server_config: {cert_file: tls.crt, key_file: tls.key, client_auth_type: "
          "RequireAndVerifyClientCert, client_ca_file: ca.pem}\n");
    write("ca.pem", authority_.pem());
  }
  Ended freeze(const armsim::ServerCertificate& shown) const {
    write("own.crt", shown.certificate_pem);
    write("own.key", shown.key_pem);
    return command({"freeze", "--reason", "incident 4711"}, own_files());
  }
  std::map<std::string, std::string> own_files() const {
    return {{"DEFENDERD_CLIENT_CERT_FILE", path("own.crt")},
            {"DEFENDERD_CLIENT_KEY_FILE", path("own.key")}};
  }
};

constexpr const char* kHowToShowOne =
    "set DEFENDERD_CLIENT_CERT_FILE and DEFENDERD_CLIENT_KEY_FILE to the PEM files of a "
    "certificate and its key";

TEST_F(ClientCertificateTest, CommandsShowTheirs) {
  const auto daemon = run();
  fix_port(daemon->port());
  const Ended denied = command({"freeze", "--reason", "incident 4711"});
  EXPECT_EQ(denied.code, 1);
  EXPECT_THAT(denied.output,
              HasSubstr(std::string("403: this needs a client certificate; ") + kHowToShowOne));
  const Ended done = freeze(authority_.client("DNS:ops"));
  EXPECT_EQ(done.code, 0) << done.output;

  auto environment = own_files();
  environment["SSL_CERT_FILE"] = path("ca.pem");
  DaemonProcess report({"report", "--url", "https://localhost:" + std::to_string(daemon->port())},
                       environment);
  const int code = report.wait_exit().value_or(-1);
  EXPECT_THAT(report.output(), HasSubstr("## Subscriptions (1)")) << code;
}

TEST_F(ClientCertificateTest, ARefusedOneIsReportedInTheWordsOfTls) {
  const auto daemon = run();
  fix_port(daemon->port());
  const Ended expired = freeze(authority_.client("DNS:ops", -3600));
  EXPECT_EQ(expired.code, 2);
  EXPECT_THAT(expired.output, HasSubstr("the server refused it with \"certificate expired\""));
  const TestAuthority other;
  const Ended foreign = freeze(other.client("DNS:ops"));
  EXPECT_EQ(foreign.code, 2);
  EXPECT_THAT(foreign.output, HasSubstr("the server refused it with \"unknown CA\""));
  EXPECT_THAT(foreign.output, Not(HasSubstr(kHowToShowOne)));
}

TEST_F(ClientCertificateTest, WithoutOneAClosedDaemonIsSaidToAskForIt) {
  write("settings.yaml", settings_with_web_config("openProbes: off, "));
  const auto daemon = run();
  fix_port(daemon->port());
  const Ended denied = command({"healthcheck"});
  EXPECT_EQ(denied.code, 1);
  EXPECT_THAT(denied.output,
              HasSubstr(std::string("if it asks for a client certificate, ") + kHowToShowOne));
}

TEST_F(ClientCertificateTest, BadFilesAreNamed) {
  const auto daemon = run();
  fix_port(daemon->port());
  const auto own = authority_.client("DNS:ops");
  write("own.crt", own.certificate_pem);
  const auto with = [&](const std::string& variable, const std::string& file) {
    auto environment = own_files();
    environment[variable] = file;
    const Ended ended = command({"freeze", "--reason", "incident 4711"}, environment);
    EXPECT_EQ(ended.code, 2) << ended.output;
    return ended.output;
  };
  EXPECT_THAT(with("DEFENDERD_CLIENT_KEY_FILE", ""),
              HasSubstr("DEFENDERD_CLIENT_CERT_FILE is set and DEFENDERD_CLIENT_KEY_FILE is not"));
  EXPECT_THAT(with("DEFENDERD_CLIENT_CERT_FILE", ""),
              HasSubstr("DEFENDERD_CLIENT_KEY_FILE is set and DEFENDERD_CLIENT_CERT_FILE is not"));
  write("own.key", authority_.client("DNS:ops").key_pem);
  EXPECT_THAT(with("DEFENDERD_CLIENT_CERT_FILE", path("own.crt")),
              HasSubstr("it does not belong to " + path("own.crt")));
  EXPECT_THAT(with("DEFENDERD_CLIENT_KEY_FILE", path("none.key")),
              HasSubstr("none.key: no such file; check DEFENDERD_CLIENT_KEY_FILE"));
  EXPECT_THAT(with("DEFENDERD_CLIENT_KEY_FILE", path("own.crt")),
              HasSubstr("own.crt: expected a PEM file with a private key"));
  EXPECT_THAT(with("DEFENDERD_CLIENT_CERT_FILE", path("own.key")),
              HasSubstr("expected a PEM file with the client's certificate"));
}

TEST_F(WebConfigTest, TheHealthcheckOfThisMachineTrustsItsCertificateOnly) {
  const auto daemon = run();
  fix_port(daemon->port());
  // Another certificate for the same names, by the same authority.
  write("tls.crt", authority_.server().certificate_pem);
  const Ended other = command({"healthcheck"});
  EXPECT_EQ(other.code, 1);
  EXPECT_THAT(other.output, HasSubstr("not trusted"));
}

TEST_F(WebConfigTest, RenewedCertificatesAndUsersTakeEffectWithoutARestart) {
  const auto daemon = run();
  const int port = daemon->port();
  ASSERT_THAT(ask(client_, port, get("/healthz")), StartsWith("HTTP/1.1 200"));
  const TestAuthority next;
  give(next.server());
  write("web.yaml", "tls_server_config: {cert_file: tls.crt, key_file: tls.key}\n" + users("bob"));
  ASSERT_TRUE(daemon->wait_output("the new web configuration is in force")) << daemon->output();
  const ClientTls trusts_next(next.pem());
  EXPECT_THAT(ask(trusts_next, port, get("/metrics", kLogin)), StartsWith("HTTP/1.1 401"));
  EXPECT_THAT(ask(trusts_next, port, get("/metrics", "Authorization: Basic Ym9iOnNlY3JldA==\r\n")),
              StartsWith("HTTP/1.1 200"));

  write("tls.key", "half a key");
  ASSERT_TRUE(daemon->wait_output("the last good one stays in force")) << daemon->output();
  EXPECT_THAT(ask(trusts_next, port, get("/healthz")), StartsWith("HTTP/1.1 200"));
}

// Its first lines alone are valid, and let everybody in.
TEST_F(WebConfigTest, WhatIsHalfWrittenOpensNothing) {
  const auto daemon = run();
  const int port = daemon->port();
  std::ofstream writer(path("web.yaml"), std::ios::trunc);
  writer << "tls_server_config: {cert_file: tls.crt, key_file: tls.key}\n" << std::flush;
  ASSERT_TRUE(daemon->wait_output("web.yaml is being written")) << daemon->output();
  EXPECT_THAT(ask(client_, port, get("/api/v1/status")), StartsWith("HTTP/1.1 401"));
  writer << users("bob");
  writer.close();
  ASSERT_TRUE(daemon->wait_output("the new web configuration is in force")) << daemon->output();
  EXPECT_THAT(ask(client_, port, get("/api/v1/status")), StartsWith("HTTP/1.1 401"));
  EXPECT_THAT(daemon->output(), Not(HasSubstr("no longer has")));
}

TEST_F(WebConfigTest, APasswordGoesToNoOtherMachineUnencrypted) {
  write("login", "ann:secret\n");
  const std::map<std::string, std::string> environment{
      {"DEFENDERD_BASIC_AUTH_FILE", path("login")}};
  for (const std::vector<std::string>& command :
       {std::vector<std::string>{"healthcheck"}, {"freeze", "--reason", "x"}, {"report"}}) {
    std::vector<std::string> arguments = command;
    arguments.insert(arguments.end(), {"--url", "http://192.0.2.2:18081"});
    DaemonProcess process(arguments, environment);
    EXPECT_NE(process.wait_exit(), 0) << command.front();
    EXPECT_THAT(process.output(),
                HasSubstr("the password in DEFENDERD_BASIC_AUTH_FILE is not sent to "
                          "http://192.0.2.2:18081, because it would cross the network unencrypted; "
                          "use https://"))
        << command.front();
  }
}

TEST_F(WebConfigTest, ABadOneRefusesTheStart) {
  write("web.yaml", "tls_server_config: {cert_file: tls.crt, key_fil: tls.key}\n");
  const auto daemon = run();
  EXPECT_EQ(daemon->wait_exit(), 2);
  EXPECT_THAT(daemon->output(), HasSubstr("web.yaml:1:41: tls_server_config: unknown key: "
                                          "did you mean \"key_file\"?"));
}

}  // namespace
}  // namespace defenderd
