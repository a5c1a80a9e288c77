#include "cli/load_files.h"

#include <string>
#include <utility>

#include "base/clock.h"
#include "cli/complain.h"

namespace defenderd {

std::optional<Config::Loaded> load_files(const CommandLine& line, const SignalSet& signals) {
  SystemClock clock;
  Config config(line.config_path, line.desired_path);
  Result<Config::Loaded, std::vector<Problem>> loaded = Unexpected(std::vector<Problem>());
  const auto work = [&](const std::stop_token& stop) {
    loaded = config.load(clock, stop, [](const std::string& why) { complain(why); });
  };
  run_until_signal(signals, work, {.stopping = std::string(kStopping)});
  if (!loaded) {
    const std::size_t count = loaded.error().size();
    print_error(format(loaded.error()));
    print_error(std::to_string(count) + (count == 1 ? " problem\n" : " problems\n"));
    return std::nullopt;
  }
  for (const std::string& warning : loaded->warnings) print_error("warning: " + warning + "\n");
  return *std::move(loaded);
}

}  // namespace defenderd
