// Commands that ask a running daemon by its name, while no name server answers.

#include <gmock/gmock.h>

#include <fstream>

#include "e2e/world.h"

namespace defenderd {
namespace {

using testing::HasSubstr;

class HungResolverTest : public World {
 protected:
  HungResolverTest() { std::ofstream(path("hung")) << "x"; }

  // What the command says, if it ends with that code although the resolver still hangs.
  std::string said(std::vector<std::string> arguments, int code) const {
    DaemonProcess process(std::move(arguments),
                          {{"LD_PRELOAD", HUNG_RESOLVER}, {"HUNG_WHILE", path("hung")}});
    EXPECT_EQ(process.wait_exit(), code) << process.output();
    return process.output();
  }
};

TEST_F(HungResolverTest, AHealthcheckEndsByItsTimeout) {
  // The request's own deadline is the same moment, and may be noticed first.
  EXPECT_THAT(said({"healthcheck", "--url", "http://localhost:1", "--timeout", "200ms"}, 1),
              HasSubstr("not healthy: connecting to http://localhost:1 took too long"));
}

TEST_F(HungResolverTest, AnAddressNeedsNoNameServer) {
  EXPECT_THAT(said({"healthcheck", "--url", "http://127.0.0.1:1", "--timeout", "20s"}, 1),
              HasSubstr("cannot connect to http://127.0.0.1:1 ("));
}

}  // namespace
}  // namespace defenderd
