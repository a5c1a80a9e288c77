#include "cli/healthcheck_command.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>

#include "cli/daemon_address.h"
#include "support/fixed_server.h"
#include "support/small_stack.h"

namespace defenderd {
namespace {

ServerSettings listening(std::string host, int port) {
  ServerSettings server;
  server.host = std::move(host);
  server.port = port;
  return server;
}

TEST(HealthOrigin, AsksAtLoopbackWhereTheDaemonListensOnEveryAddress) {
  struct Case {
    const char* description = "";
    ServerSettings server;
    const char* url = "";
  };
  for (const Case& c : {
           Case{"the default", ServerSettings{}, "http://127.0.0.1:8080"},
           Case{"every IPv4 address", listening("0.0.0.0", 9090), "http://127.0.0.1:9090"},
           Case{"every address", listening("::", 9090), "http://[::1]:9090"},
           Case{"no address", listening("", 9090), "http://127.0.0.1:9090"},
           Case{"one address", listening("10.1.2.3", 9090), "http://10.1.2.3:9090"},
           Case{"one IPv6 address", listening("fd00::1", 9090), "http://[fd00::1]:9090"},
           Case{"a name", listening("localhost", 80), "http://localhost"},
       }) {
    const auto daemon = daemon_address(c.server);
    ASSERT_TRUE(daemon) << c.description;
    EXPECT_EQ(daemon->origin.text(), c.url) << c.description;
  }
}

TEST(HealthOrigin, CannotKnowAPortThatTheSystemChooses) {
  const auto daemon = daemon_address(listening("127.0.0.1", 0));
  ASSERT_FALSE(daemon);
  EXPECT_EQ(daemon.error().message,
            "server.listen lets the system choose the port; set it with --url (the log has it)");
}

TEST(AskHealth, WhatIsNoAnswerOfTheDaemonIsRefusedInWords) {
  struct Case {
    const char* description;
    std::string answer;
    std::string says;
  };
  const std::string ok = "HTTP/1.1 200 OK\r\n";
  for (const Case& c : {
           Case{"30,000 letters", "HTTP/1.1 200 " + std::string(30'000, 'a') + "\r\n\r\n",
                "is refused: its status line is longer than 1 KiB"},
           Case{"two lengths", ok + "Content-Length: 2\r\nContent-Length: 3\r\n\r\nok\n",
                "is not valid HTTP: it has two different Content-Lengths"},
           Case{"another protocol", "220 smtp ready\r\n", "is not valid HTTP: it does not start"},
       }) {
    SCOPED_TRACE(c.description);
    const FixedServer server(c.answer);
    std::optional<Result<Done>> healthy;
    on_small_stack([&] {
      healthy = ask_health({{false, "127.0.0.1", server.port()}, {}}, std::chrono::seconds(20));
    });
    ASSERT_FALSE(*healthy);
    EXPECT_NE(healthy->error().message.find(c.says), std::string::npos) << healthy->error().message;
  }
}

}  // namespace
}  // namespace defenderd
