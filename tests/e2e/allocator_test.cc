// That the program uses the allocator it was measured with, set up as daemon/allocator.cc says.

#include <gmock/gmock.h>

#include "e2e/daemon_process.h"

namespace defenderd {
namespace {

using testing::AllOf;
using testing::HasSubstr;

TEST(AllocatorTest, IsJemallocWithOneArenaThatGivesMemoryBack) {
  DaemonProcess daemon({"version"}, {{"MALLOC_CONF", "stats_print:true"}});
  EXPECT_EQ(daemon.wait_exit(), 0);
  EXPECT_THAT(daemon.output(),
              AllOf(HasSubstr("opt.narenas: 1\n"), HasSubstr("opt.dirty_decay_ms: 200 "),
                    HasSubstr("opt.background_thread: true")));
}

}  // namespace
}  // namespace defenderd
