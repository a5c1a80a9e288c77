#include "cli/healthcheck_command.h"

#include <cstdio>
#include <optional>

#include "base/scrub.h"
#include "base/text.h"
#include "base/time_text.h"
#include "cli/complain.h"
#include "cli/daemon_address.h"
#include "cli/process.h"

namespace defenderd {
namespace {

constexpr int kHealthy = 0;
constexpr int kNotHealthy = 1;
constexpr int kError = 2;

constexpr Duration kShortestTimeout = std::chrono::milliseconds(1);
constexpr Duration kLongestTimeout = std::chrono::minutes(10);

std::optional<Duration> read_timeout(const std::string& text) {
  const auto timeout = parse_duration(text);
  if (!timeout || *timeout < kShortestTimeout || *timeout > kLongestTimeout) return std::nullopt;
  return timeout;
}

}  // namespace

Result<Done> ask_health(const DaemonAddress& daemon, Duration timeout) {
  constexpr const char* kPath = "/healthz";
  const auto answer = call_daemon(daemon, {.origin = {}, .target = kPath, .timeout = timeout});
  if (!answer) return Unexpected(answer.error());
  if (answer->status == 200) return Done{};
  return Unexpected(Error{answer_text(daemon.origin, kPath, *answer)});
}

int check_health(const CommandLine& line) {
  ignore_signals_of_writes();
  const auto timeout = read_timeout(line.timeout);
  if (!timeout) {
    return fail(kError, "--timeout " + quoted_value(line.timeout) +
                            ": expected a duration from 1ms to 10m, like 5s");
  }
  const auto daemon = find_daemon(line);
  if (!daemon) return fail(kError, daemon.error().message);
  if (const auto healthy = ask_health(*daemon, *timeout); !healthy) {
    return fail(kNotHealthy, "not healthy: " + healthy.error().message);
  }
  std::fputs(("healthy: " + daemon->origin.text() + "/healthz\n").c_str(), stdout);
  return kHealthy;
}

}  // namespace defenderd
