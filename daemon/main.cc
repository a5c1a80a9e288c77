#include <cstdio>
#include <exception>
#include <string>

#include "app/descriptors.h"
#include "cli/commands.h"
#include "cli/complain.h"
#include "cli/options.h"
#include "cli/process.h"

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
    return defenderd::fail(2, std::string("a bug, please report it: ") + exception.what());
  }
}
