#include "cli/progress.h"

#include <gtest/gtest.h>

#include <array>
#include <memory>

namespace defenderd {
namespace {

using File = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;

std::string content_of(std::FILE* file) {
  std::rewind(file);
  std::array<char, 4096> buffer{};
  return {buffer.data(), std::fread(buffer.data(), 1, buffer.size(), file)};
}

TEST(ProgressText, FillsFromNothingToAll) {
  EXPECT_EQ(progress_text(0, 10), "[------------------------------] 0 of 10");
  EXPECT_EQ(progress_text(5, 10), "[###############---------------] 5 of 10");
  EXPECT_EQ(progress_text(10, 10), "[##############################] 10 of 10");
  EXPECT_EQ(progress_text(0, 0), "[------------------------------] 0 of 0");
}

TEST(ProgressLine, IsDrawnOverAndLeavesNothing) {
  const File file(std::tmpfile(), std::fclose);
  {
    ProgressLine line(file.get(), true);
    line.show(1, 300);
    line.show(2, 300);  // the same percentage: nothing new
    line.show(150, 300);
    line.above([&] { std::fputs("corrected\n", file.get()); });
  }
  const std::string erase = "\r\033[K";
  EXPECT_EQ(content_of(file.get()), progress_text(1, 300) + erase + progress_text(150, 300) +
                                        erase + "corrected\n" + progress_text(150, 300) + erase);
}

TEST(ProgressLine, IsNothingInAPipe) {
  const File file(std::tmpfile(), std::fclose);
  {
    ProgressLine line(file.get(), false);
    line.show(1, 2);
    line.above([&] { std::fputs("corrected\n", file.get()); });
  }
  EXPECT_EQ(content_of(file.get()), "corrected\n");
}

}  // namespace
}  // namespace defenderd
