// The settings file (desired/read_settings.h).

#include "desired/read_settings.h"

#include "fuzz/fuzz.h"

using namespace defenderd;
using fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::text_of(data, size);
  const auto settings = read_settings(text, "fuzz.yaml");
  if (settings) return 0;
  require(!settings.error().empty(), "what is refused has a problem");
  for (const Problem& problem : settings.error()) {
    require(problem.file == "fuzz.yaml" && problem.line >= 0 && problem.column >= 0,
            "a problem stands in its file");
    require(!problem.message.empty(), "a problem has a message");
    fuzz::require_printable(problem.message, 2000);
    fuzz::require_printable(problem.path, 1000);
  }
  return 0;
}
