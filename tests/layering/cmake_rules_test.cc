#include "layering/cmake_rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace layering {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

struct Sample {
  const char* folder;
  const char* text;
  const char* message;
};

TEST(CmakeRules, RefuseBadLinks) {
  const std::vector<Sample> samples{
      {"base", "defenderd_library(base SOURCES a.cc LINKS defenderd_core)", "base may not link"},
      {"core", "defenderd_library(core LINKS defenderd_base\n  USES spdlog::spdlog)",
       "core may not"},
      {"core", "defenderd_library(core USES Threads::Threads)", "core may not link"},
      {"arm", "defenderd_library(arm USES defenderd_reconcile)", "arm may not link"},
      {"server", "target_link_libraries(x PRIVATE defenderd_arm)", "server may not link"},
      {"app", "defenderd_library(app USES yaml-cpp::yaml-cpp)", "app may not link"},
      {"app", "defenderd_library(app LINKS defenderd_cli)", "app may not link"},
      {"net", "defenderd_library(net LINKS defenderd_core)", "net may not link"},
      {"server", "defenderd_library(server USES simdjson::simdjson)", "server may not link"},
      {"arm", "defenderd_library(arm USES simdjson::simdjson)", "arm may not link"},
      {"arm", "defenderd_library(arm USES Boost::headers)", "arm may not link Boost::headers"},
  };
  for (const Sample& sample : samples) {
    const auto violations = check_cmake(sample.folder, sample.text, {});
    ASSERT_EQ(violations.size(), 1U) << sample.text;
    EXPECT_THAT(violations[0].message, HasSubstr(sample.message));
  }
}

TEST(CmakeRules, AcceptGoodLinks) {
  const std::vector<Sample> samples{
      {"base", "defenderd_library(base SOURCES a.cc USES Threads::Threads)", ""},
      {"core", "# not spdlog::spdlog\ndefenderd_library(core LINKS defenderd_base)", ""},
      {"server", "defenderd_library(server LINKS defenderd_telemetry USES PkgConfig::httplib)", ""},
      {"app", "defenderd_library(app USES defenderd_arm defenderd_server)", ""},
      {"cli", "defenderd_library(cli LINKS defenderd_app USES CLI11::CLI11)", ""},
  };
  for (const Sample& sample : samples) {
    EXPECT_THAT(check_cmake(sample.folder, sample.text, {}), IsEmpty()) << sample.text;
  }
}

TEST(CmakeRules, RefuseAHeaderThatNothingCompilesAlone) {
  const char* const text = "defenderd_library(core SOURCES a.cc HEADERS a.h ids.h)";
  EXPECT_THAT(check_cmake("core", text, {"a.h", "ids.h"}), IsEmpty());
  const auto violations = check_cmake("core", text, {"a.h", "b.h"});
  ASSERT_EQ(violations.size(), 1U);
  EXPECT_THAT(violations[0].message, HasSubstr("b.h is not in HEADERS"));
}

}  // namespace
}  // namespace layering
