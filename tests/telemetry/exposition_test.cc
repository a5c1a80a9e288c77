#include "telemetry/exposition.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <string>

namespace defenderd {
namespace {

std::string write(ExpositionFormat format) {
  Exposition out(format);
  out.family("runs", MetricKind::Counter, "Runs \"so far\".\nAll \\ of them.");
  out.sample(label_text({{"who", "a\"b\\c\nd\xC3\xA9"}}), 3);
  out.sample({}, R"(x="y")", 0.25);
  out.family("age_seconds", MetricKind::Gauge, "Age.");
  out.sample({}, 1767225600.125);
  out.sample(R"(x="1")", R"(y="2")", std::numeric_limits<double>::infinity());
  out.sample({}, -std::numeric_limits<double>::infinity());
  out.sample({}, std::numeric_limits<double>::quiet_NaN());
  out.family("took_seconds", MetricKind::Histogram, "Took.");
  out.suffixed("_bucket", R"(le="+Inf")", 9007199254740993.0);
  out.suffixed("_sum", {}, 1e100);
  out.suffixed("_count", {}, -5);
  out.family("build", MetricKind::Info, "Build.");
  out.sample(R"(v="1")", 1);
  return out.finish();
}

TEST(Exposition, PrometheusText) {
  EXPECT_EQ(write(ExpositionFormat::Prometheus),
            R"(# HELP runs_total Runs "so far".\nAll \\ of them.
# TYPE runs_total counter
runs_total{who="a\"b\\c\nd)"
            "\xC3\xA9"
            R"("} 3
runs_total{x="y"} 0.25
# HELP age_seconds Age.
# TYPE age_seconds gauge
age_seconds 1767225600.125
age_seconds{x="1",y="2"} +Inf
age_seconds -Inf
age_seconds NaN
# HELP took_seconds Took.
# TYPE took_seconds histogram
took_seconds_bucket{le="+Inf"} 9007199254740992
took_seconds_sum 1e+100
took_seconds_count -5
# HELP build_info Build.
# TYPE build_info gauge
build_info{v="1"} 1
)");
}

TEST(Exposition, OpenMetrics) {
  EXPECT_EQ(write(ExpositionFormat::OpenMetrics), R"(# HELP runs Runs \"so far\".\nAll \\ of them.
# TYPE runs counter
runs_total{who="a\"b\\c\nd)"
                                                  "\xC3\xA9"
                                                  R"("} 3
runs_total{x="y"} 0.25
# HELP age_seconds Age.
# TYPE age_seconds gauge
# UNIT age_seconds seconds
age_seconds 1767225600.125
age_seconds{x="1",y="2"} +Inf
age_seconds -Inf
age_seconds NaN
# HELP took_seconds Took.
# TYPE took_seconds histogram
# UNIT took_seconds seconds
took_seconds_bucket{le="+Inf"} 9007199254740992
took_seconds_sum 1e+100
took_seconds_count -5
# HELP build Build.
# TYPE build info
build_info{v="1"} 1
# EOF
)");
}

TEST(Exposition, BoundsAreFloatsInBothFormats) {
  EXPECT_EQ(bound_text(0.5), "0.5");
  EXPECT_EQ(bound_text(1), "1.0");
  EXPECT_EQ(bound_text(1e22), "1e+22");
  EXPECT_EQ(bound_text(std::numeric_limits<double>::infinity()), "+Inf");
}

struct Accept {
  std::string description;
  std::string header;
  ExpositionFormat format;
};

void PrintTo(const Accept& accept, std::ostream* out) { *out << accept.description; }

class NegotiateTest : public testing::TestWithParam<Accept> {};

TEST_P(NegotiateTest, FollowsAccept) { EXPECT_EQ(negotiate(GetParam().header), GetParam().format); }

INSTANTIATE_TEST_SUITE_P(
    All, NegotiateTest,
    testing::Values(Accept{"nothing asked", "", ExpositionFormat::Prometheus},
                    Accept{"anything", "*/*", ExpositionFormat::Prometheus},
                    Accept{"a browser", "text/html,application/xhtml+xml,*/*;q=0.8",
                           ExpositionFormat::Prometheus},
                    Accept{"Prometheus 2.42",
                           "application/openmetrics-text;version=1.0.0,"
                           "application/openmetrics-text;version=0.0.1;q=0.75,"
                           "text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
                           ExpositionFormat::OpenMetrics},
                    Accept{"only an OpenMetrics that we do not speak",
                           "application/openmetrics-text;version=0.0.1, text/plain;q=0.5",
                           ExpositionFormat::Prometheus},
                    Accept{"text preferred", "application/openmetrics-text;q=0.5, text/plain",
                           ExpositionFormat::Prometheus},
                    Accept{"OpenMetrics refused", "application/openmetrics-text;q=0",
                           ExpositionFormat::Prometheus},
                    Accept{"without version, in capitals", "Application/OpenMetrics-Text",
                           ExpositionFormat::OpenMetrics},
                    Accept{"rubbish", ";;,,q=,;q=x", ExpositionFormat::Prometheus}));

TEST(Exposition, ContentTypesNameTheirVersions) {
  EXPECT_EQ(content_type(ExpositionFormat::Prometheus), "text/plain; version=0.0.4; charset=utf-8");
  EXPECT_EQ(content_type(ExpositionFormat::OpenMetrics),
            "application/openmetrics-text; version=1.0.0; charset=utf-8");
}

// Ten megabytes, that lie in pages of another kind.
TEST(Exposition, RoomThatWasMadeChangesNothingOfTheText) {
  const auto written = [](std::size_t room) {
    Exposition out(ExpositionFormat::OpenMetrics);
    out.reserve(room);
    out.family("runs", MetricKind::Counter, "Runs.");
    for (int n = 0; n < 100'000; ++n) {
      out.sample(R"(who=")" + std::string(80, 'x') + '"', R"(more="y")", n);
    }
    return out.finish();
  };
  const std::string text = written(0);
  EXPECT_GT(text.size(), 10'000'000U);
  for (const std::size_t room : {100UL, 1UL << 21U, (1UL << 21U) + 1, 3'000'000UL, 16'000'000UL}) {
    EXPECT_TRUE(written(room) == text) << room;
  }
}

TEST(Exposition, ASinkGetsTheSameTextInSmallPieces) {
  const auto write = [](Exposition& out) {
    out.reserve(5'000'000);
    for (const char* name : {"runs", "walks"}) {
      out.family(name, MetricKind::Counter, "Some.");
      for (int n = 0; n < 20'000; ++n) out.sample(R"(who=")" + std::string(80, 'x') + '"', n);
    }
    return out.finish();
  };
  Exposition whole(ExpositionFormat::OpenMetrics);
  std::string joined;
  std::size_t largest = 0;
  Exposition piecewise(ExpositionFormat::OpenMetrics, [&](std::string_view piece) {
    joined += piece;
    largest = std::max(largest, piece.size());
  });
  EXPECT_EQ(write(piecewise), "");
  EXPECT_TRUE(joined == write(whole));
  EXPECT_LT(largest, 40'000U);
}

}  // namespace
}  // namespace defenderd
