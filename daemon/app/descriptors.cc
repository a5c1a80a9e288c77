#include "app/descriptors.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace defenderd {
namespace {

// Beyond this, programs that a child may run iterate over all numbers up to the limit.
constexpr rlim_t kEnoughDescriptors = 65'536;

}  // namespace

void open_standard_descriptors() {
  for (const int descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (fcntl(descriptor, F_GETFD) != -1 || errno != EBADF) continue;
    // The lowest free number is allocated, and those below are in use. Without /dev/null, something
    // else must occupy the number: writing to it then fails.
    if (open("/dev/null", O_RDWR) < 0) static_cast<void>(open("/", O_RDONLY | O_DIRECTORY));
  }
}

void raise_descriptor_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  const rlim_t wanted = std::min(limit.rlim_max, kEnoughDescriptors);
  if (limit.rlim_cur >= wanted) return;
  limit.rlim_cur = wanted;
  setrlimit(RLIMIT_NOFILE, &limit);
}

std::optional<std::uint64_t> descriptor_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return std::nullopt;
  return limit.rlim_cur;
}

std::string few_descriptors(std::optional<std::uint64_t> limit) {
  constexpr std::uint64_t kEnough = 1024;
  if (!limit || *limit >= kEnough) return {};
  return "this process may open only " + std::to_string(*limit) +
         " files and connections at once; raise its hard limit (LimitNOFILE of systemd, ulimit "
         "-Hn) to " +
         std::to_string(kEnough) + " or more";
}

}  // namespace defenderd
