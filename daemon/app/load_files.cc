#include "app/load_files.h"

#include <cstdio>
#include <string>
#include <utility>

#include "base/clock.h"

namespace defenderd {
namespace {

void print(const std::string& text) { std::fputs(text.c_str(), stderr); }

}  // namespace

std::optional<Config::Loaded> load_files(const CommandLine& line, const SignalSet& signals) {
  SystemClock clock;
  Config config(line.config_path, line.desired_path);
  Result<Config::Loaded, std::vector<Problem>> loaded = Unexpected(std::vector<Problem>());
  const auto work = [&](const std::stop_token& stop) {
    loaded =
        config.load(clock, stop, [](const std::string& why) { print("defenderd: " + why + "\n"); });
  };
  run_until_signal(signals, work, {.stopping = std::string(kStopping)});
  if (!loaded) {
    const std::size_t count = loaded.error().size();
    print(format(loaded.error()));
    print(std::to_string(count) + (count == 1 ? " problem\n" : " problems\n"));
    return std::nullopt;
  }
  for (const std::string& warning : loaded->warnings) print("warning: " + warning + "\n");
  return *std::move(loaded);
}

}  // namespace defenderd
