#include "cli/apply_beside.h"

#include <algorithm>
#include <utility>

#include "base/scrub.h"
#include "cli/complain.h"
#include "cli/daemon_address.h"
#include "cli/running_daemon.h"
#include "cli/sweep_counts.h"

namespace defenderd {
namespace {

constexpr Duration kPause = std::chrono::seconds(2);
constexpr Duration kLongest = std::chrono::minutes(1);

std::string in_use(const std::string& held) {
  return held + " is in use by another defenderd, so apply cannot write";
}

bool is_done(const SweepResult& result) {
  return std::none_of(result.subscriptions.begin(), result.subscriptions.end(),
                      [](const SweptSubscription& swept) {
                        return standing_of(swept) == Standing::ToChange && swept.skipped.empty();
                      });
}

}  // namespace

std::optional<std::string> cannot_ask(const CommandLine& line, const Settings& settings,
                                      const std::string& held) {
  if (!line.confirm.empty()) {
    return in_use(held) + ". A running daemon confirms the held changes itself: write `confirm: " +
           outgoing_text(line.confirm) + "` under `safety:` in " + line.config_path +
           ", which takes effect within two seconds";
  }
  if (!settings.server.lifecycle) {
    return in_use(held) +
           ". A running daemon corrects drift automatically, at the latest after poll.interval. "
           "For apply to ask it at once, set `lifecycle: on` under `server:` in " +
           line.config_path + " and restart it; or stop it and run this command again";
  }
  const auto daemon = daemon_address(settings.server);
  if (!daemon) return in_use(held) + ", and cannot ask it to: " + daemon.error().message;
  return std::nullopt;
}

Result<SweepResult> apply_beside(SweepSession& session, const SweepSession::Plan& plan,
                                 const std::vector<SubscriptionId>& writable, bool is_part,
                                 const std::stop_token& stop) {
  const auto daemon = daemon_address(session.settings().server);
  if (!daemon) return Unexpected(daemon.error());
  if (const auto asked =
          request_reconcile(*daemon, is_part ? writable : std::vector<SubscriptionId>());
      !asked) {
    return Unexpected(
        Error{"cannot ask the defenderd that has the journal: " + asked.error().message +
              ". If that is another apply, wait until it has ended"});
  }
  complain("asked the running defenderd at " + daemon->origin.text() + " to reconcile " +
           (is_part ? subscriptions_text(writable.size()) : "all subscriptions") +
           "; it applies its own files, and its journal has the result");
  SystemClock& clock = session.clock();
  const SteadyTime deadline = clock.steady_now() + kLongest;
  SweepResult result = plan.result;
  do {
    if (!clock.sleep_until(clock.steady_now() + kPause, stop)) break;
    const SweepResult before = std::exchange(result, {});
    FleetSweep::Options options = session.sweep_options();
    options.progress = {};
    options.selected = std::set<SubscriptionId>(writable.begin(), writable.end());
    options.shown = &before;
    FleetSweep sweep(session.azure().plans(), clock, plan.desired, std::move(options));
    result = sweep.run(stop);
  } while (!is_done(result) && !stop.stop_requested() && clock.steady_now() < deadline);
  return result;
}

}  // namespace defenderd
