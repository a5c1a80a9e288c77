#include "app/descriptors.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <string>

namespace defenderd {
namespace {

// In a process of its own each time: descriptors belong to all tests.
class DescriptorsTest : public testing::Test {
 protected:
  DescriptorsTest() { testing::GTEST_FLAG(death_test_style) = "threadsafe"; }
};

TEST_F(DescriptorsTest, ClosedStandardDescriptorsAreTakenByNothingElse) {
  const auto body = [] {
    for (const int closed : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) close(closed);
    open_standard_descriptors();
    const int next = open("/", O_RDONLY | O_DIRECTORY);
    const bool good = next > STDERR_FILENO && write(STDOUT_FILENO, "x", 1) == 1;
    std::_Exit(good ? 0 : 1);
  };
  EXPECT_EXIT(body(), testing::ExitedWithCode(0), "");
}

TEST_F(DescriptorsTest, OpenStandardDescriptorsStayAsTheyAre) {
  const auto body = [] {
    close(STDIN_FILENO);
    open_standard_descriptors();
    static_cast<void>(write(STDERR_FILENO, "still here\n", 11));
    std::_Exit(0);
  };
  EXPECT_EXIT(body(), testing::ExitedWithCode(0), "still here");
}

TEST_F(DescriptorsTest, TheSoftLimitOfDescriptorsIsRaisedToTheHardOne) {
  const auto body = [] {
    rlimit limit{};
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_max = std::min<rlim_t>(limit.rlim_max, 1000);
    limit.rlim_cur = 100;
    setrlimit(RLIMIT_NOFILE, &limit);
    raise_descriptor_limit();
    std::_Exit(descriptor_limit() == limit.rlim_max ? 0 : 1);
  };
  EXPECT_EXIT(body(), testing::ExitedWithCode(0), "");
}

TEST(FewDescriptors, OnlyALowLimitIsWarnedOf) {
  const std::string warning = few_descriptors(100);
  EXPECT_NE(warning.find("may open only 100 files"), std::string::npos) << warning;
  EXPECT_NE(warning.find("to 1024 or more"), std::string::npos) << warning;
  EXPECT_EQ(few_descriptors(1024), "");
  EXPECT_EQ(few_descriptors(std::nullopt), "") << "a limit that is not known is none";
}

}  // namespace
}  // namespace defenderd
