#include <cstdio>
#include <exception>
#include <string>
#include <system_error>

#include "app/descriptors.h"
#include "cli/commands.h"
#include "cli/complain.h"
#include "cli/options.h"
#include "cli/process.h"

namespace {

std::string text_of(const std::exception& exception) {
  const auto* const system = dynamic_cast<const std::system_error*>(&exception);
  if (system != nullptr && system->code() == std::errc::resource_unavailable_try_again) {
    return "no thread can be started: raise the limit of processes and threads (ulimit -u, "
           "TasksMax in systemd, the pids limit of a container), or of address space and memory "
           "(ulimit -v, MemoryMax in systemd, the memory limit of a container)";
  }
  return std::string("a bug, please report it: ") + exception.what();
}

}  // namespace

int main(int argc, char** argv) {
  defenderd::open_standard_descriptors();
  defenderd::keep_exit_codes();
  // Every command has the environment, which may contain secrets.
  defenderd::protect_memory();
  try {
    const auto line = defenderd::parse_command_line(argc, argv);
    if (!line) {
      const auto& [code, text] = line.error();
      std::FILE* const stream = code == 0 ? stdout : stderr;
      if (std::fputs(text.c_str(), stream) >= 0 && std::fflush(stream) == 0) return code;
      return defenderd::fail(2, "cannot write to standard output");
    }
    return defenderd::execute(*line);
  } catch (const std::exception& exception) {
    return defenderd::fail(2, text_of(exception));
  }
}
