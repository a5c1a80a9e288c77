#pragma once
// A simulated Azure with a configuration folder, and daemons started on both.

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "armsim/simulator.h"
#include "e2e/daemon_process.h"

namespace defenderd {

class World : public testing::Test {
 protected:
  World();
  ~World() override;

  // 00000000-0000-4000-8000-00000000000n
  static std::string id(unsigned n);
  // A subscription of the simulator; extensions that are on by name.
  static armsim::Subscription subscription(
      unsigned n, bool plan, const std::vector<std::pair<std::string, bool>>& extensions = {});

  // Files in the folder, replaced as editors do.
  void write(const std::string& name, const std::string& text) const;
  [[nodiscard]] std::string path(const std::string& name) const { return folder_ + "/" + name; }
  // Settings that point to the simulator over verified TLS; `more` is added at the end.
  [[nodiscard]] std::string settings(const std::string& more = "") const;
  // A desired state of these entries: "id: ..., plan: on" as YAML flow without braces.
  static std::string desired(const std::vector<std::string>& entries);
  // Adds the first `count` subscriptions, and writes a desired.yaml that declares their plan on.
  void declare_on(unsigned count, bool is_on = true);
  static void replace_all(std::string& text, const std::string& from, const std::string& to);
  [[nodiscard]] std::map<std::string, std::string> credentials() const;

  // `defenderd run` on settings.yaml and desired.yaml of the folder.
  std::unique_ptr<DaemonProcess> run(std::vector<std::string> more = {},
                                     const Streams& streams = {}) const;

  armsim::Simulator azure_;

 private:
  std::string folder_;
};

}  // namespace defenderd
