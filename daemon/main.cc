#include <cstdio>
#include <exception>

#include "app/commands.h"
#include "app/options.h"
#include "app/process.h"

int main(int argc, char** argv) {
  defenderd::open_standard_descriptors();
  try {
    const auto line = defenderd::parse_command_line(argc, argv);
    if (!line) {
      std::fputs(line.error().text.c_str(), line.error().code == 0 ? stdout : stderr);
      return line.error().code;
    }
    return defenderd::execute(*line);
  } catch (const std::exception& exception) {
    std::fprintf(stderr, "defenderd: a bug, please report it: %s\n", exception.what());
    return 2;
  }
}
