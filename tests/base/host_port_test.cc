#include "base/host_port.h"

#include <gtest/gtest.h>

namespace defenderd {
namespace {

TEST(HostPort, OnlyAddressesOfIpv6HaveBrackets) {
  EXPECT_EQ(host_and_port("::", 8080), "[::]:8080");
  EXPECT_EQ(host_and_port("[::1]", 8080), "[::1]:8080");
  EXPECT_EQ(host_and_port("127.0.0.1", 8080), "127.0.0.1:8080");
  EXPECT_EQ(host_and_port("localhost", 80), "localhost:80");
  EXPECT_EQ(bracketed("fe80::1"), "[fe80::1]");
  EXPECT_EQ(bracketed("management.azure.com"), "management.azure.com");
}

TEST(HostPort, ANameThatBeginsLikeALoopbackAddressIsAnotherMachine) {
  for (const char* const own : {"localhost", "LOCALHOST", "::1", "127.0.0.1", "127.8.9.10"})
    EXPECT_TRUE(is_loopback(own)) << own;
  for (const char* const other :
       {"", "127.corp.example", "127.0.0.1.example", "127.1", "127.0.0", "127.0.0.1.",
        "127.0.0.256", "127.0.0.01", "127..0.1", "127.0.0.1.2", "127.0.0.-1", "128.0.0.1", "::2",
        "0.0.0.0", "localhost.example", "a.localhost"})
    EXPECT_FALSE(is_loopback(other)) << other;
}

}  // namespace
}  // namespace defenderd
