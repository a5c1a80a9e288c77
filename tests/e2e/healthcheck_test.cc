// `defenderd healthcheck` against a real daemon, and against servers that are not well.

#include <gmock/gmock.h>

#include <csignal>
#include <fstream>
#include <future>
#include <iterator>

#include "e2e/world.h"
#include "server/http_server.h"
#include "support/tcp_relay.h"

namespace defenderd {
namespace {

using testing::HasSubstr;

// In an environment without any credential.
class HealthcheckTest : public World {
 protected:
  struct Ended {
    int code = -1;
    std::string output;
  };
  static Ended healthcheck(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "healthcheck");
    DaemonProcess process(std::move(arguments), {});
    const int code = process.wait_exit().value_or(-1);
    return {code, process.output()};
  }

  std::unique_ptr<DaemonProcess> healthy_daemon() {
    azure_.add(subscription(1, true));
    write("desired.yaml", desired({"id: " + id(1) + ", plan: on"}));
    return run();
  }

  std::string settings_that_listen_on(const std::string& address) const {
    write("listen.yaml",
          "apiVersion: defenderd/v1\nkind: Settings\nserver: {listen: '" + address + "'}\n");
    return path("listen.yaml");
  }

  static std::unique_ptr<HttpServer> serving(Response answer) {
    HttpServerOptions options;
    options.routes = {{"GET", "/healthz", [answer = std::move(answer)](const Request& /*request*/) {
                         return answer;
                       }}};
    auto server = HttpServer::start(std::move(options));
    return server ? *std::move(server) : nullptr;
  }

  static std::string url(int port) { return "http://127.0.0.1:" + std::to_string(port); }
};

TEST_F(HealthcheckTest, FindsARunningDaemonByItsSettings) {
  const auto daemon = healthy_daemon();
  const std::string port = std::to_string(daemon->port());
  const Ended ended = healthcheck({"--config", settings_that_listen_on("0.0.0.0:" + port)});
  EXPECT_EQ(ended.code, 0);
  EXPECT_EQ(ended.output, "healthy: http://127.0.0.1:" + port + "/healthz\n");
}

TEST_F(HealthcheckTest, FindsItByItsUrlWithoutAnyFile) {
  const auto daemon = healthy_daemon();
  EXPECT_EQ(healthcheck({"--url", url(daemon->port())}).code, 0);
  EXPECT_EQ(healthcheck({"--url", url(daemon->port()) + "/", "--timeout", "1m"}).code, 0);
}

TEST_F(HealthcheckTest, ADaemonThatHasEndedIsNotHealthy) {
  const auto daemon = healthy_daemon();
  const int port = daemon->port();
  daemon->signal(SIGTERM);
  ASSERT_EQ(daemon->wait_exit(), 0);
  const Ended ended = healthcheck({"--url", url(port)});
  EXPECT_EQ(ended.code, 1);
  EXPECT_EQ(ended.output, "defenderd: not healthy: cannot connect to " + url(port) +
                              " (unknown name, refused, or unreachable)\n");
}

TEST_F(HealthcheckTest, TellsWhatAnUnhealthyDaemonSays) {
  const auto server = serving({.status = 503, .body = "no worker has stepped for 5m\x1b[2J\n"});
  ASSERT_NE(server, nullptr);
  const Ended ended = healthcheck({"--url", url(server->port())});
  EXPECT_EQ(ended.code, 1);
  EXPECT_THAT(ended.output, HasSubstr("not healthy: " + url(server->port()) +
                                      "/healthz answered 503: no worker has stepped for 5m"));
  EXPECT_EQ(ended.output.find('\x1b'), std::string::npos) << "the terminal is not its to steer";
}

TEST_F(HealthcheckTest, WaitsNoLongerThanItsTimeout) {
  const auto server = serving({});
  ASSERT_NE(server, nullptr);
  TcpRelay relay(server->port());
  relay.mute();
  const Ended ended = healthcheck({"--url", url(relay.port()), "--timeout", "200ms"});
  EXPECT_EQ(ended.code, 1);
  EXPECT_EQ(ended.output,
            "defenderd: not healthy: " + url(relay.port()) + " did not answer in time\n");
}

TEST_F(HealthcheckTest, ReadsNoEndlessAnswer) {
  const auto server = serving({.body = std::string(std::size_t{9} << 20U, 'x')});
  ASSERT_NE(server, nullptr);
  const Ended ended = healthcheck({"--url", url(server->port())});
  EXPECT_EQ(ended.code, 1);
  EXPECT_THAT(ended.output, HasSubstr("is larger than 8 MiB"));
}

// Its environment, and the file with its login, may contain secrets. Any command will do: the
// process is prepared before the command is known. Who starts it may ignore the end of children.
TEST_F(HealthcheckTest, IsPreparedLikeAnyCommand) {
  std::promise<pid_t> started;
  std::promise<std::string> observed;
  HttpServerOptions options;
  options.routes = {{"GET", "/healthz", [&](const Request& /*request*/) {
                       const std::string proc =
                           "/proc/" + std::to_string(started.get_future().get()) + "/";
                       std::string all;
                       for (const char* const name : {"limits", "status", "coredump_filter"}) {
                         std::ifstream file(proc + name);
                         all.append(std::istreambuf_iterator<char>(file), {});
                       }
                       observed.set_value(all);
                       return Response{};
                     }}};
  const auto server = HttpServer::start(std::move(options));
  ASSERT_TRUE(server);
  DaemonProcess process({"healthcheck", "--url", url((*server)->port())}, {},
                        {.launcher = {"/usr/bin/env", "--ignore-signal=CHLD"}});
  started.set_value(process.pid());
  EXPECT_EQ(process.wait_exit(), 0) << process.output();
  const std::string seen = observed.get_future().get();
  EXPECT_THAT(seen, testing::ContainsRegex("Max core file size +0 +0 "));
  EXPECT_THAT(seen, testing::EndsWith("00000000\n")) << "nothing for a pipe to a core handler";
  const std::string ignored = seen.substr(seen.find("SigIgn:") + 7, 17);
  EXPECT_EQ(std::stoull(ignored, nullptr, 16) >> (SIGCHLD - 1U) & 1U, 0U) << ignored;
}

TEST_F(HealthcheckTest, BadUsageAndBadSettingsEndWithTwo) {
  write("bad.yaml", "apiVersion: defenderd/v1\nkind: Settings\nserver: {listne: ':80'}\n");
  struct Case {
    std::vector<std::string> arguments;
    std::string says;
  };
  const std::string expected_url = "--url: expected http://HOST:PORT or https://HOST:PORT";
  const std::string expected_timeout = ": expected a duration from 1ms to 10m, like 5s";
  for (const Case& c : {
           Case{{"--url", "ftp://127.0.0.1:1"}, expected_url},
           Case{{"--url", "127.0.0.1:1"}, expected_url},
           Case{{"--url", "http://127.0.0.1:1/readyz"}, expected_url},
           Case{{"--url", "http://127.0.0.1:99999"}, expected_url},
           Case{{"--timeout", "5"}, "--timeout \"5\"" + expected_timeout},
           Case{{"--timeout", "0s"}, "--timeout \"0s\"" + expected_timeout},
           Case{{"--timeout", "11m"}, "--timeout \"11m\"" + expected_timeout},
           Case{{"--desired", "x"}, "--desired"},
           Case{{"--config", path("none.yaml")}, path("none.yaml")},
           Case{{"--config", path("bad.yaml")}, "did you mean \"listen\"?"},
           Case{{"--config", settings_that_listen_on("127.0.0.1:0")}, "set it with --url"},
       }) {
    const Ended ended = healthcheck(c.arguments);
    EXPECT_EQ(ended.code, 2) << c.says;
    EXPECT_THAT(ended.output, HasSubstr(c.says));
  }
}

}  // namespace
}  // namespace defenderd
