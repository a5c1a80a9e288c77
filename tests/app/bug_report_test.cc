#include "app/bug_report.h"

#include <stdexcept>

#include "app/recorded.h"

namespace defenderd {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

class BugReportTest : public Recorded {
 protected:
  static void fail(const OnThrow& threw) {
    EXPECT_FALSE(
        guarded("reading the files", threw, [] { throw std::runtime_error("no \x1b memory"); }));
  }

  BugReports bugs_ = bug_reports(metrics_, log_, clock_);
};

TEST_F(BugReportTest, SaysWhatWasBeingDone) {
  fail(bugs_.of("files"));
  EXPECT_THAT(logged_, ElementsAre(AllOf(HasSubstr("\"bug\""), HasSubstr("reading the files threw"),
                                         HasSubstr("memory"), HasSubstr(R"("count":"1")"))));
}

TEST_F(BugReportTest, CountsEachAndLogsOneLineAMinuteForEachThread) {
  const OnThrow files = bugs_.of("files");
  for (int i = 0; i < 5; ++i) fail(files);
  EXPECT_THAT(logged_, SizeIs(1));
  fail(bugs_.of("scopes"));
  EXPECT_THAT(logged_, SizeIs(2));
  clock_.advance(std::chrono::minutes(1));
  fail(files);
  ASSERT_THAT(logged_, SizeIs(3));
  EXPECT_THAT(logged_[2], AllOf(HasSubstr("(5 times since this was last logged)"),
                                HasSubstr(R"("count":"5")")));
  EXPECT_EQ(metric(R"(exceptions_caught_total{thread="files"})"), "6");
  EXPECT_EQ(metric(R"(exceptions_caught_total{thread="scopes"})"), "1");
  EXPECT_EQ(metric(R"(exceptions_caught_total{thread="state"})"), "0");
}

}  // namespace
}  // namespace defenderd
