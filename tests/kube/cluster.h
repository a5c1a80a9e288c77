#pragma once
// The simulated cluster with the daemon's own client in front of it.

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "kube/kube_client.h"
#include "kubesim/simulator.h"
#include "support/fake_clock.h"

namespace defenderd {

class ClusterTest : public testing::Test {
 protected:
  [[nodiscard]] KubeClient::Options options() const {
    KubeClient::Options options;
    options.access = {*Origin::parse(cluster_.url()), cluster_.ca_file(), cluster_.token_file(),
                      cluster_.service_namespace()};
    options.user_agent = "test";
    options.timeout = std::chrono::seconds(3);
    return options;
  }
  std::unique_ptr<KubeClient> client() {
    auto created = KubeClient::create(options(), clock_);
    EXPECT_TRUE(created) << created.error().message;
    return *std::move(created);
  }
  static KubeTarget lease_target(const std::string& name = "defenderd") {
    return {"leases", name, "/apis/coordination.k8s.io/v1/namespaces/defender/leases"};
  }

  FakeClock clock_;
  kubesim::Simulator cluster_;
};

}  // namespace defenderd
