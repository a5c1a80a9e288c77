#include "cli/load_files.h"

#include <string>
#include <utility>

#include "app/environment.h"
#include "base/clock.h"
#include "base/read_file.h"
#include "cli/check_report.h"
#include "cli/complain.h"

namespace defenderd {
namespace {

// Somebody who names no file may not know that one is needed.
void advise_on_missing(std::vector<Problem>& problems, const CommandLine& line) {
  for (Problem& problem : problems) {
    if (problem.message != kNoSuchFile) continue;
    if (problem.file == "-")
      problem.message += "; for standard input, redirect a file and name /dev/stdin";
    if (problem.file == line.config_path && !line.config_given)
      problem.message += "; set it with --config or DEFENDERD_CONFIG";
    if (problem.file == line.desired_path && !line.desired_given)
      problem.message += "; set it with --desired or DEFENDERD_DESIRED";
  }
}

}  // namespace

Result<Settings> load_settings_of(const CommandLine& line) {
  auto settings = load_settings(line.config_path);
  if (settings || line.config_given) return settings;
  std::string message = settings.error().message;
  if (message == line.config_path + ": " + kNoSuchFile)
    message += "; set it with --config or DEFENDERD_CONFIG";
  return Unexpected(Error{std::move(message)});
}

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
  run_until_signal(signals, work, {.stopping = kStopping});
  if (!loaded) advise_on_missing(loaded.error(), line);
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
  for (const IgnoredFile& ignored : loaded->ignored)
    print_error("warning: " + format(ignored) + "\n");
  return *std::move(loaded);
}

}  // namespace defenderd
