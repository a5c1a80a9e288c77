#include "cli/terminal.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <string>

#include "base/text.h"
#include "base/unique_fd.h"
#include "cli/complain.h"

namespace defenderd {
namespace {

constexpr std::size_t kLongestAnswer = 256;

// Waits until a byte can be read, and reads it; nothing at the end of the input or of `stopped`.
bool read_byte(int stopped, char& byte) {
  std::array<pollfd, 2> waiting{pollfd{STDIN_FILENO, POLLIN, 0}, pollfd{stopped, POLLIN, 0}};
  while (poll(waiting.data(), waiting.size(), -1) < 0) {
    if (errno != EINTR) return false;
  }
  return waiting[1].revents == 0 && read(STDIN_FILENO, &byte, 1) == 1;
}

}  // namespace

Terminal read_terminal() {
  Terminal terminal;
  terminal.shows_output = isatty(STDOUT_FILENO) == 1;
  terminal.shows_errors = isatty(STDERR_FILENO) == 1;
  terminal.can_ask = isatty(STDIN_FILENO) == 1 && terminal.shows_errors;
  if (!terminal.shows_output) return terminal;
  constexpr std::size_t kUsual = 80;
  winsize size{};
  const bool is_known = ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  terminal.width = is_known ? size.ws_col : kUsual;
  return terminal;
}

bool ask(std::string_view question, const std::stop_token& stop) {
  const UniqueFd stopped(eventfd(0, EFD_CLOEXEC));
  if (!stopped.is_open()) return false;
  const std::stop_callback forward(stop, [&] {
    constexpr std::uint64_t kOne = 1;
    static_cast<void>(write(stopped.get(), &kOne, sizeof kOne));
  });
  static_cast<void>(tcflush(STDIN_FILENO, TCIFLUSH));
  print_prompt(question);
  std::string answer;
  char byte = 0;
  while (read_byte(stopped.get(), byte) && byte != '\n') {
    if (answer.size() < kLongestAnswer) answer += byte;
  }
  if (byte != '\n') {  // the cursor is still behind the question
    print_error("\n");
    return false;
  }
  const std::string word = to_lower(trim(answer));
  return word == "y" || word == "yes";
}

}  // namespace defenderd
