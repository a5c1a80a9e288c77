#pragma once
// The log, the boards and the metrics that the parts of the daemon write to, for a test to read.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "support/fake_clock.h"
#include "telemetry/coverage_board.h"
#include "telemetry/log.h"
#include "telemetry/metrics.h"
#include "telemetry/status_board.h"

namespace defenderd {

class Recorded : public testing::Test {
 protected:
  // The value of one sample, given as "name{labels}" without the prefix; "" where there is none.
  [[nodiscard]] std::string metric(const std::string& sample) const {
    const std::string text = "\n" + metrics_.render(ExpositionFormat::Prometheus);
    const std::string start = "\ndefenderd_" + sample + " ";
    const std::size_t found = text.find(start);
    if (found == std::string::npos) return "";
    const std::size_t begin = found + start.size();
    return text.substr(begin, text.find('\n', begin) - begin);
  }

  FakeClock clock_;
  std::vector<std::string> logged_;
  Logger log_{LogLevel::Info, LogFormat::Json, clock_, [this](std::string_view line) {
                logged_.emplace_back(line);
                if (on_log_) on_log_(logged_.back());
              }};
  std::function<void(const std::string&)> on_log_ = {};
  StatusBoard board_;
  CoverageBoard coverage_;
  Metrics metrics_{board_, coverage_, {SubscriptionSeries::All, "1.2.3", "abc"}};
};

}  // namespace defenderd
