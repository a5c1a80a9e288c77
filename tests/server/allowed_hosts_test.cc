#include "server/allowed_hosts.h"

#include <gtest/gtest.h>

namespace defenderd {
namespace {

TEST(AllowedHostsTest, LoopbackAndTheListenAddressByDefault) {
  const AllowedHosts hosts("192.0.2.7", {});
  for (const char* host : {"localhost", "LOCALHOST:80", "a.localhost", "127.0.0.1", "127.1.2.3:99",
                           "[::1]", "[::1]:8080", "192.0.2.7", "192.0.2.7:8080"})
    EXPECT_TRUE(hosts.allows(host)) << host;
  for (const char* host : {"", ":80", "evil.example", "localhost.evil.example",
                           "127.0.0.1.evil.example", "127.evil.example", "192.0.2.8", "[::2]",
                           "[::1", "[]", "evil.example:localhost", "evil.example, localhost"})
    EXPECT_FALSE(hosts.allows(host)) << host;
}

TEST(AllowedHostsTest, WhereItListensOnAllAddressesAnyAddressIsOurs) {
  for (const char* listen : {"0.0.0.0", "::"}) {
    const AllowedHosts hosts(listen, {});
    EXPECT_TRUE(hosts.allows("10.1.2.3:8080"));
    EXPECT_TRUE(hosts.allows("[fd00::7]:8080"));
    EXPECT_FALSE(hosts.allows("10.1.2.3.evil.example"));
    EXPECT_FALSE(hosts.allows("evil.example"));
    EXPECT_FALSE(hosts.allows("10.1"));
  }
}

TEST(AllowedHostsTest, NamesOfTheSettingsComeOnTop) {
  const AllowedHosts hosts("::1", {"Defenderd.example", "*.corp.example", "fd00::1"});
  for (const char* host : {"defenderd.example", "defenderd.example:443", "defenderd.example.",
                           "a.corp.example", "a.b.CORP.example:1", "[fd00::1]:8080", "localhost"})
    EXPECT_TRUE(hosts.allows(host)) << host;
  for (const char* host : {"corp.example", ".corp.example", "xcorp.example", "a.defenderd.example"})
    EXPECT_FALSE(hosts.allows(host)) << host;
  EXPECT_TRUE(AllowedHosts("::1", {"*"}).allows("anything.example"));
}

}  // namespace
}  // namespace defenderd
