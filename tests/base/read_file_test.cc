#include "base/read_file.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "base/unique_fd.h"

namespace defenderd {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class ReadFileTest : public testing::Test {
 protected:
  ReadFileTest() {
    std::string pattern = (fs::temp_directory_path() / "read_file_XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
  }
  ~ReadFileTest() override { fs::remove_all(folder_); }

  [[nodiscard]] std::string path(const std::string& name) const { return folder_ / name; }
  void write(const std::string& name, const std::string& text) const {
    std::ofstream(path(name), std::ios::binary) << text;
  }
  [[nodiscard]] std::string problem(const std::string& name, std::size_t max = 1024) const {
    const auto text = read_file(path(name), max);
    return text ? "" : text.error().message;
  }

  fs::path folder_;
};

TEST_F(ReadFileTest, GivesTheContentUpToTheLimit) {
  for (const std::size_t size : {0U, 1U, 1023U, 1024U}) {
    write("file", std::string(size, 'x'));
    const auto text = read_file(path("file"), 1024);
    ASSERT_TRUE(text) << text.error().message;
    EXPECT_EQ(*text, std::string(size, 'x'));
  }
  write("file", std::string(1025, 'x'));
  EXPECT_EQ(problem("file"), "larger than 1 KiB");
  EXPECT_EQ(problem("file", 1), "larger than 0 KiB");
}

TEST_F(ReadFileTest, KnowsTheModeOfWhateverIsThere) {
  write("file", "x");
  fs::permissions(path("file"), static_cast<fs::perms>(0640));
  EXPECT_EQ(file_mode(path("file")), mode_t{S_IFREG | 0640});
  EXPECT_TRUE(S_ISDIR(file_mode(path("")).value_or(0)));
  EXPECT_EQ(file_mode(path("none")), std::nullopt);
}

// Their size is 0 until they are read.
TEST_F(ReadFileTest, ReadsWhatDoesNotKnowItsSize) {
  const auto text = read_file("/proc/self/status", 1U << 20U);
  ASSERT_TRUE(text) << text.error().message;
  EXPECT_THAT(*text, HasSubstr("Name:"));
  const auto bounded = read_file("/proc/self/status", 64);
  ASSERT_FALSE(bounded);
  EXPECT_THAT(bounded.error().message, HasSubstr("larger than"));
}

TEST_F(ReadFileTest, RefusesAtOnceWhatIsNoRegularFile) {
  ASSERT_EQ(::mkfifo(path("pipe").c_str(), 0600), 0);
  EXPECT_EQ(problem("pipe"), "a named pipe, expected a regular file");
  fs::create_symlink("pipe", path("link"));
  EXPECT_EQ(problem("link"), "a named pipe, expected a regular file");
  fs::create_directory(path("folder"));
  EXPECT_EQ(problem("folder"), "a folder, expected a file");
  fs::create_symlink("/dev/zero", path("zero"));
  EXPECT_EQ(problem("zero"), "a device, expected a regular file");
  const UniqueFd listener(::socket(AF_UNIX, SOCK_STREAM, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  ASSERT_LT(path("socket").size(), sizeof(address.sun_path));
  path("socket").copy(static_cast<char*>(address.sun_path), sizeof(address.sun_path) - 1);
  ASSERT_EQ(::bind(listener.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)),
            0);
  EXPECT_EQ(problem("socket"), "a socket, expected a regular file");
  EXPECT_EQ(problem("none"), "no such file");
  EXPECT_EQ(problem("a/none"), "no such file");
}

// Samba takes such leases. An open that does not block is refused, and has to wait instead.
TEST_F(ReadFileTest, WaitsForALeaseToBeGivenUp) {
  write("file", "leased");
  static volatile std::sig_atomic_t leased = -1;
  const UniqueFd owner(::open(path("file").c_str(), O_RDWR | O_CLOEXEC));
  leased = owner.get();
  struct sigaction give_up {};
  give_up.sa_handler = [](int) { (void)::fcntl(leased, F_SETLEASE, F_UNLCK); };
  struct sigaction before {};
  ASSERT_EQ(::sigaction(SIGUSR1, &give_up, &before), 0);
  ASSERT_EQ(::fcntl(owner.get(), F_SETSIG, SIGUSR1), 0);
  if (::fcntl(owner.get(), F_SETLEASE, F_WRLCK) != 0) GTEST_SKIP() << "no leases here";
  const auto text = read_file(path("file"), 1024);
  (void)::sigaction(SIGUSR1, &before, nullptr);
  ASSERT_TRUE(text) << text.error().message;
  EXPECT_EQ(*text, "leased");
}

}  // namespace
}  // namespace defenderd
