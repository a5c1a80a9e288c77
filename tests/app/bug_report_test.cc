#include "app/bug_report.h"

#include <stdexcept>

#include "app/recorded.h"

namespace defenderd {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

using BugReportTest = Recorded;

TEST_F(BugReportTest, SaysWhatWasBeingDoneAndCounts) {
  const OnThrow threw = report_bugs(log_);
  EXPECT_FALSE(guarded("reading the files", threw, [] { throw std::runtime_error("no memory"); }));
  EXPECT_FALSE(
      guarded("saving the state", threw, [] { throw std::runtime_error("no \x1b disk"); }));
  EXPECT_THAT(logged_,
              ElementsAre(AllOf(HasSubstr("\"bug\""), HasSubstr("reading the files threw"),
                                HasSubstr("no memory"), HasSubstr(R"("count":"1")")),
                          AllOf(HasSubstr("saving the state threw"), HasSubstr(R"("count":"2")"))));
}

}  // namespace
}  // namespace defenderd
