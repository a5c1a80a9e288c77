#include <cstdio>
#include <exception>
#include <string>

#include "app/commands.h"
#include "app/complain.h"
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
    return defenderd::fail(2, std::string("a bug, please report it: ") + exception.what());
  }
}
