// What a hostile desired file costs `defenderd check` in memory: at most ten times its size.

#include <fcntl.h>
#include <gtest/gtest.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <fstream>
#include <string>
#include <vector>

#include "e2e/world.h"

namespace defenderd {
namespace {

// The program itself and its libraries.
constexpr std::size_t kOfAnyFile = 40U << 20U;

class FileMemoryTest : public World {
 protected:
  // The most that `defenderd check` of desired.yaml had resident, in bytes.
  [[nodiscard]] std::size_t peak() const {
    std::array<std::string, 6> arguments{DEFENDERD_BINARY,      "check",     "--config",
                                         path("settings.yaml"), "--desired", path("desired.yaml")};
    std::vector<char*> pointers;
    for (std::string& argument : arguments) pointers.push_back(argument.data());
    pointers.push_back(nullptr);
    posix_spawn_file_actions_t silence{};
    posix_spawn_file_actions_init(&silence);
    posix_spawn_file_actions_addopen(&silence, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    pid_t child = 0;
    EXPECT_EQ(::posix_spawn(&child, DEFENDERD_BINARY, &silence, nullptr, pointers.data(), environ),
              0);
    posix_spawn_file_actions_destroy(&silence);
    int status = 0;
    rusage usage{};
    EXPECT_EQ(::wait4(child, &status, 0, &usage), child);
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 2) << status;
    return static_cast<std::size_t>(usage.ru_maxrss) * 1024;
  }
};

// `piece` so often, with "#" replaced by a number.
struct Part {
  std::string piece;
  std::size_t times = 1;
};

// Piece by piece: the child begins with the peak of this process as its own.
std::size_t write_parts(const std::string& path, const std::vector<Part>& parts) {
  std::ofstream file(path, std::ios::binary);
  for (const Part& part : parts) {
    const std::size_t number = part.piece.find('#');
    for (std::size_t i = 0; i < part.times; ++i) {
      if (number == std::string::npos) {
        file << part.piece;
      } else {
        file << part.piece.substr(0, number) << i << part.piece.substr(number + 1);
      }
    }
  }
  return static_cast<std::size_t>(file.tellp());
}

TEST_F(FileMemoryTest, AHostileFileCostsTenTimesItsSizeAtMost) {
  constexpr std::size_t kMillion = 1'000'000;
  const Part head{"apiVersion: defenderd/v1\nkind: DesiredState\nsubscriptions:\n  - id: " + id(1) +
                  "\n"};
  struct Case {
    const char* description;
    std::vector<Part> parts;
  };
  write("settings.yaml", settings());
  for (const Case& one :
       std::vector<Case>{{"brackets", {{"[", 5 * kMillion}, {"\n"}}},
                         {"open maps", {{"{a: b", 2 * kMillion}, {"\n"}}},
                         {"one map", {{"{"}, {"a: b, ", kMillion / 8}, {"}\n"}}},
                         {"very many extensions",
                          {head, {"    extensions:\n"}, {"      E#: on\n", kMillion / 4}}},
                         {"very many extensions in brackets",
                          {head, {"    extensions: {"}, {"E#: on, ", kMillion / 4}, {"}\n"}}},
                         {"very many anchors", {head, {"  - &a# x\n", kMillion / 4}}},
                         {"empty keys", {{"a:\n", kMillion / 2}}}}) {
    const std::size_t size = write_parts(path("desired.yaml"), one.parts);
    EXPECT_LT(peak(), 10 * size + kOfAnyFile) << one.description;
  }
}

}  // namespace
}  // namespace defenderd
