#include "telemetry/process_metrics.h"

#include <sys/resource.h>
#include <unistd.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>
#include <system_error>

namespace defenderd {
namespace {

// Fields of /proc/self/stat after the command, see proc(5).
struct Stat {
  double cpu_seconds = 0;
  double threads = 0;
  double start_ticks = 0;  // since boot
  double virtual_bytes = 0;
  double resident_bytes = 0;
};

std::optional<Stat> read_stat() {
  std::ifstream file("/proc/self/stat");
  std::string text;
  std::getline(file, text);
  const std::size_t command_end = text.rfind(')');  // the command may contain anything
  if (command_end == std::string::npos) return std::nullopt;
  std::istringstream fields(text.substr(command_end + 1));
  const auto ticks = static_cast<double>(::sysconf(_SC_CLK_TCK));
  Stat stat;
  std::string skipped;
  double user = 0;
  double system = 0;
  for (int i = 3; i < 14; ++i) fields >> skipped;
  fields >> user >> system;
  for (int i = 16; i < 20; ++i) fields >> skipped;
  fields >> stat.threads >> skipped >> stat.start_ticks >> stat.virtual_bytes;
  double pages = 0;
  fields >> pages;
  if (!fields) return std::nullopt;
  stat.cpu_seconds = (user + system) / ticks;
  stat.start_ticks /= ticks;
  stat.resident_bytes = pages * static_cast<double>(::sysconf(_SC_PAGESIZE));
  return stat;
}

std::optional<double> boot_time() {
  std::ifstream file("/proc/stat");
  std::string word;
  double seconds = 0;
  while (file >> word) {
    if (word == "btime" && file >> seconds) return seconds;
  }
  return std::nullopt;
}

std::optional<double> open_fds() {
  std::error_code error;
  double count = 0;
  for (auto entry = std::filesystem::directory_iterator("/proc/self/fd", error);
       !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
    ++count;
  }
  if (error) return std::nullopt;
  return count - 1;  // without the one that reads the directory
}

void gauge(Exposition& out, std::string_view name, std::string_view help,
           std::optional<double> value) {
  if (!value) return;
  out.family(name, MetricKind::Gauge, help);
  out.sample({}, *value);
}

}  // namespace

void write_process_metrics(Exposition& out) {
  if (const std::optional<Stat> stat = read_stat()) {
    out.family("process_cpu_seconds", MetricKind::Counter, "User and system CPU time spent.");
    out.sample({}, stat->cpu_seconds);
    gauge(out, "process_resident_memory_bytes", "Resident memory.", stat->resident_bytes);
    gauge(out, "process_virtual_memory_bytes", "Virtual memory.", stat->virtual_bytes);
    gauge(out, "process_threads", "Number of threads.", stat->threads);
    // Not rounded to the wall clock: the sum is the same at each scrape.
    static const std::optional<double> boot = boot_time();
    if (boot) {
      gauge(out, "process_start_time_seconds", "When the process started.",
            *boot + stat->start_ticks);
    }
  }
  gauge(out, "process_open_fds", "Open file descriptors.", open_fds());
  struct rlimit limit {};
  if (::getrlimit(RLIMIT_NOFILE, &limit) == 0) {
    gauge(out, "process_max_fds", "Maximum open file descriptors.",
          static_cast<double>(limit.rlim_cur));
  }
}

}  // namespace defenderd
