#include "cli/apply_beside.h"

#include <map>
#include <set>
#include <utility>

#include "base/scrub.h"
#include "base/text.h"
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

std::vector<SubscriptionId> left_in(const SweepResult& result) {
  std::vector<SubscriptionId> left;
  for (const SweptSubscription& swept : result.subscriptions) {
    if (standing_of(swept) == Standing::ToChange && swept.skipped.empty())
      left.push_back(swept.outcome.desired.id);
  }
  return left;
}

// The daemon applies its own files. An edit that was just made takes seconds to take effect there.
Result<Done> await_same(const DaemonAddress& daemon, const std::string& path,
                        const std::string& hash, Clock& clock, const std::stop_token& stop) {
  constexpr Duration kPatience = std::chrono::seconds(6);
  const SteadyTime deadline = clock.steady_now() + kPatience;
  auto in_force = desired_hash_of(daemon);
  while (in_force && *in_force != hash && clock.steady_now() < deadline &&
         clock.sleep_until(clock.steady_now() + std::chrono::seconds(1), stop))
    in_force = desired_hash_of(daemon);
  if (!in_force || *in_force == hash || stop.stop_requested()) return Done{};
  return Unexpected(
      Error{"the running defenderd at " + daemon.origin.text() + " declares something else than " +
            shown_path(path) + " (content " + printable(*in_force, 64) + ", not " + hash +
            "), and it applies its own files, so it was not asked: check its --desired and whether "
            "its last edit is in force, which its status page says"});
}

// What the daemon says about what is left, instead of the plan.
void show_problems(std::map<SubscriptionId, Outcome> problems, SweepResult& result) {
  for (SweptSubscription& swept : result.subscriptions) {
    const auto problem = problems.find(swept.outcome.desired.id);
    if (problem == problems.end()) continue;
    DesiredSubscription desired = std::move(swept.outcome.desired);
    swept.outcome = std::move(problem->second);
    swept.outcome.desired = std::move(desired);
  }
}

}  // namespace

std::string confirm_there(const CommandLine& line, const std::string& held,
                          const std::string& code) {
  return in_use(held) + ". A running daemon confirms the held changes itself: write `confirm: " +
         outgoing_text(code) + "` under `safety:` in " + line.config_path +
         ", which takes effect within two seconds";
}

std::optional<std::string> cannot_ask(const CommandLine& line, const Settings& settings,
                                      const std::string& held) {
  if (!settings.server.lifecycle) {
    return in_use(held) +
           ". A running daemon corrects drift automatically, at the latest after poll.interval. "
           "For apply to ask it at once, set `lifecycle: on` under `server:` in " +
           line.config_path + " and restart it; or stop it and run this command again";
  }
  if (settings.server.port == 0) {
    return in_use(held) +
           ", and that daemon's port is unknown, because the system chooses it: set a port in "
           "`listen` under `server:` in " +
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
  SystemClock& clock = session.clock();
  if (auto same = await_same(*daemon, session.line().desired_path, plan.desired.hash, clock, stop);
      !same)
    return Unexpected(same.error());
  const WallTime asked_at = clock.wall_now();
  if (const auto asked =
          request_reconcile(*daemon, is_part ? writable : std::vector<SubscriptionId>());
      !asked) {
    return Unexpected(
        Error{"cannot ask the defenderd that has the journal: " + asked.error().message +
              ". If that is another apply, wait until it has ended"});
  }
  complain("asked the running defenderd at " + daemon->origin.text() + " to reconcile " +
           (is_part ? subscriptions_text(writable.size()) : "all subscriptions") +
           "; its journal has the result");
  const SteadyTime deadline = clock.steady_now() + kLongest;
  SweepResult result = plan.result;
  std::map<SubscriptionId, Outcome> problems;
  bool is_over = false;
  do {
    if (!clock.sleep_until(clock.steady_now() + kPause, stop)) break;
    const SweepResult before = std::exchange(result, {});
    FleetSweep::Options options = session.sweep_options();
    options.progress = {};
    options.selected = std::set<SubscriptionId>(writable.begin(), writable.end());
    options.shown = &before;
    FleetSweep sweep(session.azure().plans(), clock, plan.desired, std::move(options));
    if (plan.state_problem.empty()) session.recall_open_writes(sweep);
    result = sweep.run(stop);
    const std::vector<SubscriptionId> left = left_in(result);
    const std::size_t known = problems.size();
    problems = problems_of(*daemon, left, asked_at);
    // Twice, because what is busy is retried within seconds.
    is_over = left.empty() || (known > 0 && problems.size() == left.size());
  } while (!is_over && !stop.stop_requested() && clock.steady_now() < deadline);
  show_problems(std::move(problems), result);
  return result;
}

}  // namespace defenderd
