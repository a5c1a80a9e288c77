#include "core/file_wait.h"

#include <gtest/gtest.h>

#include <vector>

namespace defenderd {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

const WallTime kNow = WallTime(std::chrono::hours(500'000));

std::optional<InForce> before(const std::string& replica, const std::string& hash, Duration ago) {
  return InForce{replica, hash, kNow - std::chrono::duration_cast<WallTime::duration>(ago)};
}

struct Row {
  const char* what;
  std::optional<InForce> before;
  Duration wait;
};

const std::vector<Row> kRows{
    {"nothing is known: the first leader, or one before this version", std::nullopt, seconds(0)},
    {"the same desired state", before("a", "old", seconds(1)), seconds(0)},
    {"another one, as of now", before("a", "new", seconds(0)), minutes(2)},
    {"another one, which may still be on its way", before("a", "new", seconds(30)), seconds(90)},
    {"another one, which would have arrived: this one is newer", before("a", "new", minutes(2)),
     seconds(0)},
    {"another one of yesterday", before("a", "new", std::chrono::hours(24)), seconds(0)},
    {"its clock is ahead", before("a", "new", -std::chrono::hours(1)), minutes(2)},
    {"this replica led before: its files only get newer", before("b", "new", seconds(1)),
     seconds(0)},
};

TEST(FileWait, IsForOtherFilesThatAreNewEnoughToBeOnTheirWay) {
  for (const Row& row : kRows)
    EXPECT_EQ(file_wait(row.before, {"b", "old", kNow}, kNow), row.wait) << row.what;
}

}  // namespace
}  // namespace defenderd
