#include "cli/load_files.h"

#include <string>
#include <utility>

#include "app/environment.h"
#include "base/clock.h"
#include "cli/check_report.h"
#include "cli/complain.h"

namespace defenderd {

Result<Config::Loaded, std::vector<Problem>> load_quietly(const CommandLine& line,
                                                          const SignalSet& signals,
                                                          const Config::Wanted& wanted) {
  SystemClock clock;
  Config config(line.config_path, line.desired_path, revision_file_of_environment());
  Result<Config::Loaded, std::vector<Problem>> loaded = Unexpected(std::vector<Problem>());
  const auto work = [&](const std::stop_token& stop) {
    loaded = config.load(
        clock, stop, [](const std::string& why) { complain(why); }, wanted);
  };
  run_until_signal(signals, work, {.stopping = std::string(kStopping)});
  return loaded;
}

std::optional<Config::Loaded> load_files(const CommandLine& line, const SignalSet& signals,
                                         const Config::Wanted& wanted) {
  auto loaded = load_quietly(line, signals, wanted);
  if (!loaded) {
    print_error(problems_text(loaded.error()));
    return std::nullopt;
  }
  for (const std::string& warning : loaded->warnings) print_error("warning: " + warning + "\n");
  return *std::move(loaded);
}

}  // namespace defenderd
