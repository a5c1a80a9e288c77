// ARM asks to wait: what is shown meanwhile, and what a person's request does.

#include <gmock/gmock.h>

#include "e2e/world.h"

namespace defenderd {
namespace {

using testing::HasSubstr;

class ThrottledWorldTest : public World {};

TEST_F(ThrottledWorldTest, APersonsRequestGoesThrough) {
  write("settings.yaml", settings());
  std::vector<std::string> entries;
  for (unsigned n = 1; n <= 6; ++n) {
    azure_.add(subscription(n, true));
    entries.push_back("id: " + id(n) + ", plan: on");
  }
  write("desired.yaml", desired(entries));
  azure_.inject(armsim::Fault::throttle(armsim::Operation::Read, "99999999").repeated(6));
  const auto daemon = run();
  // Three block the tenant; others may be on their way by then.
  ASSERT_TRUE(daemon->wait_body("/metrics", [](const std::string& body) {
    const std::string name = "defenderd_subscriptions{state=\"failing\"} ";
    const std::size_t at = body.find(name);
    return at != std::string::npos && body[at + name.size()] >= '3';
  })) << daemon->output();
  EXPECT_THAT(daemon->get("/metrics").body,
              HasSubstr("defenderd_subscriptions{state=\"in_sync\"} 0"))
      << "nothing was observed";
  azure_.clear_faults();
  ASSERT_EQ(daemon->post("/-/reconcile").status, 202);
  EXPECT_TRUE(daemon->wait_metric("defenderd_subscriptions{state=\"in_sync\"} 6"))
      << daemon->output();
}

}  // namespace
}  // namespace defenderd
