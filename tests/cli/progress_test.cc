#include "cli/progress.h"

#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <string_view>
#include <vector>

#include "support/fake_clock.h"

namespace defenderd {
namespace {

using File = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;

std::string content_of(std::FILE* file) {
  std::rewind(file);
  std::array<char, 4096> buffer{};
  return {buffer.data(), std::fread(buffer.data(), 1, buffer.size(), file)};
}

using std::chrono::seconds;

constexpr std::string_view kErase = "\r\033[K";

TEST(ProgressText, FillsFromNothingToAll) {
  EXPECT_EQ(progress_text({0, 10, 0, {}}), "[------------------------------] 0 of 10");
  EXPECT_EQ(progress_text({5, 10, 50, {}}), "[###############---------------] 5 of 10");
  EXPECT_EQ(progress_text({10, 10, 100, {}}), "[##############################] 10 of 10");
  EXPECT_EQ(progress_text({0, 0, 0, {}}), "[------------------------------] 0 of 0");
}

TEST(ProgressText, SaysHowFastAndHowLong) {
  struct Case {
    Progress progress;
    const char* pace;
  };
  const std::vector<Case> cases{
      {{100, 1000, 10, std::chrono::milliseconds(900)}, " 100 of 1000"},
      {{0, 1000, 0, seconds(9)}, " 0 of 1000"},
      {{500, 1000, 50, seconds(10)}, " 500 of 1000, 50/s, 10s left"},
      {{5, 1000, 0, seconds(10)}, " 5 of 1000, 0.5/s, 33m10s left"},
      {{1000, 1000, 100, seconds(10)}, " 1000 of 1000, 100/s"},
  };
  for (const Case& each : cases) {
    const std::string text = progress_text(each.progress);
    EXPECT_EQ(text.substr(text.find(']') + 1), each.pace);
    EXPECT_LT(text.size(), 80U);
  }
}

TEST(ProgressLine, IsDrawnOverAndLeavesNothing) {
  const File file(std::tmpfile(), std::fclose);
  const FakeClock clock;
  {
    ProgressLine line(file.get(), true, clock);
    line.show(1, 300);
    line.show(2, 300);  // the same percentage: nothing new
    line.show(150, 300);
    line.above([&] { std::fputs("corrected\n", file.get()); });
  }
  const std::string erase(kErase);
  EXPECT_EQ(content_of(file.get()), progress_text({1, 300, 0, {}}) + erase +
                                        progress_text({150, 300, 50, {}}) + erase + "corrected\n" +
                                        progress_text({150, 300, 50, {}}) + erase);
}

TEST(ProgressLine, NeverRunsBackwards) {
  const File file(std::tmpfile(), std::fclose);
  const FakeClock clock;
  {
    ProgressLine line(file.get(), true, clock);
    line.show(5, 10);
    line.show(4, 10);    // one is judged again
    line.show(6, 1000);  // the rest of the fleet is read, too
  }
  EXPECT_EQ(content_of(file.get()), progress_text({5, 10, 50, {}}) + std::string(kErase));
}

TEST(ProgressLine, IsRedrawnEachSecond) {
  const File file(std::tmpfile(), std::fclose);
  FakeClock clock;
  {
    ProgressLine line(file.get(), true, clock);
    line.show(10, 10000);
    clock.advance(seconds(2));
    line.show(20, 10000);
  }
  const std::string erase(kErase);
  EXPECT_EQ(content_of(file.get()), progress_text({10, 10000, 0, {}}) + erase +
                                        progress_text({20, 10000, 0, seconds(2)}) + erase);
}

TEST(ProgressLine, IsNothingInAPipe) {
  const File file(std::tmpfile(), std::fclose);
  const FakeClock clock;
  {
    ProgressLine line(file.get(), false, clock);
    line.show(1, 2);
    line.above([&] { std::fputs("corrected\n", file.get()); });
  }
  EXPECT_EQ(content_of(file.get()), "corrected\n");
}

}  // namespace
}  // namespace defenderd
