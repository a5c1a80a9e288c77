#pragma once
// Replicas on a simulated Azure and a simulated API server of Kubernetes.

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "e2e/world.h"
#include "kubesim/simulator.h"

namespace defenderd {

inline constexpr unsigned kFleet = 6;
inline constexpr const char* kLease =
    "{duration: 4s, renewDeadline: 3s, retryPeriod: 500ms, namespace: defender}";

class Replicas : public World {
 protected:
  Replicas() {
    declare_on(kFleet, false);
    configure(kLease);
  }
  [[nodiscard]] std::string configuration(const std::string& lease,
                                          const std::string& more = "") const {
    return settings("coordination:\n  lease: " + lease + "\n  kubernetes: {server: '" +
                    cluster_.url() + "', caFile: " + cluster_.ca_file() +
                    ", tokenFile: " + cluster_.token_file() + "}\n" + more);
  }
  void configure(const std::string& lease, const std::string& more = "") const {
    write("settings.yaml", configuration(lease, more));
  }
  static bool leads(const DaemonProcess& daemon,
                    std::chrono::milliseconds deadline = std::chrono::seconds(60)) {
    return daemon.wait_metric("defenderd_leader 1", deadline);
  }
  static bool stands_by(const DaemonProcess& daemon) {
    return daemon.wait_get("/api/v1/status", "\"leads\":false");
  }
  bool all_on() {
    return azure_.wait_for([&] {
      for (unsigned n = 1; n <= kFleet; ++n) {
        if (!azure_.plan(id(n)).on) return false;
      }
      return true;
    });
  }
  // A leader that has written everything, and a standby that is ready.
  void start() {
    first_ = run();
    ASSERT_TRUE(leads(*first_)) << first_->output();
    ASSERT_TRUE(all_on()) << first_->output();
    ASSERT_TRUE(first_->wait_metric("defenderd_subscriptions{state=\"in_sync\"} " +
                                    std::to_string(kFleet)));
    second_ = run();
    ASSERT_TRUE(second_->wait_get("/readyz", "ok")) << second_->output();
    ASSERT_TRUE(stands_by(*second_));
  }
  [[nodiscard]] std::string holder() const {
    const auto lease = cluster_.lease("defender", "defenderd");
    return lease ? lease->holder : "none";
  }

  kubesim::Simulator cluster_;
  std::unique_ptr<DaemonProcess> first_;
  std::unique_ptr<DaemonProcess> second_;
};

}  // namespace defenderd
