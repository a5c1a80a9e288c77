#pragma once
// `defenderd apply` on small fleets, in scripts and at a terminal.

#include <algorithm>
#include <map>
#include <regex>
#include <string>
#include <string_view>
#include <vector>

#include "e2e/pty.h"
#include "e2e/world.h"

namespace defenderd {

class ApplyTest : public World {
 protected:
  static constexpr std::string_view kQuestion = "? [y/N] ";

  // So many subscriptions named sub-N that are off and shall be on.
  void add_off(unsigned count) {
    std::vector<std::string> entries;
    for (unsigned n = 1; n <= count; ++n) {
      azure_.add(subscription(n, false));
      entries.push_back("id: " + id(n) + ", name: sub-" + std::to_string(n) +
                        ", plan: on, owner: " + (n % 2 == 0 ? "even" : "odd"));
    }
    write("desired.yaml", desired(entries));
  }
  // On, and shall be off: more than the brake lets through.
  void add_terrible_edit(unsigned count = 10) {
    std::vector<std::string> entries;
    for (unsigned n = 1; n <= count; ++n) {
      azure_.add(subscription(n, true));
      entries.push_back("id: " + id(n) + ", name: sub-" + std::to_string(n) + ", plan: off");
    }
    write("desired.yaml", desired(entries));
  }
  [[nodiscard]] std::vector<std::string> arguments(const std::vector<std::string>& more) const {
    std::vector<std::string> result{"apply", "--desired", path("desired.yaml")};
    if (std::find(more.begin(), more.end(), "--config") == more.end())
      result.insert(result.end(), {"--config", path("settings.yaml")});
    result.insert(result.end(), more.begin(), more.end());
    return result;
  }
  struct Ended {
    int code = -1;
    std::string output;
  };
  [[nodiscard]] Ended end(const std::vector<std::string>& more) const {
    DaemonProcess process(arguments(more), credentials());
    const int code = process.wait_exit().value_or(-1);
    return {code, process.output()};
  }
  // At a terminal of that width.
  Ended at_terminal(const std::vector<std::string>& more, const std::string& answer,
                    unsigned short width = 80,
                    const std::map<std::string, std::string>& environment = {}) {
    Pty pty(width);
    auto all = credentials();
    all.insert(environment.begin(), environment.end());
    DaemonProcess process(arguments(more), all, pty.streams());
    if (!answer.empty()) {
      EXPECT_TRUE(pty.wait_for(kQuestion)) << pty.shown();
      pty.type(answer);
    }
    const int code = process.wait_exit().value_or(-1);
    pty.read_to_end();
    EXPECT_TRUE(
        pty.wait_for(code == 1 && azure_.counters().writes == 0 ? "nothing was written" : "\n"));
    return {code, pty.shown()};
  }
  [[nodiscard]] unsigned on(unsigned count) const {
    unsigned result = 0;
    for (unsigned n = 1; n <= count; ++n) result += azure_.plan(id(n)).on ? 1 : 0;
    return result;
  }
  static std::string code_in(const std::string& output) {
    std::smatch match;
    std::regex_search(output, match, std::regex(" --confirm ([0-9a-f]{8})\n"));
    return match[1];
  }
};

}  // namespace defenderd
