#include "app/standby_watch.h"

#include <string_view>
#include <utility>

#include "telemetry/incidents_section.h"
#include "telemetry/state_document.h"
#include "telemetry/status_section.h"

namespace defenderd {
namespace {

constexpr Duration kInterval = std::chrono::seconds(15);
// Between two tokens, and up to a quarter longer.
constexpr Duration kBetweenProofs = std::chrono::minutes(2);

}  // namespace

SharedState summarize_state(const std::string& document) {
  SharedState shared;
  const auto parsed = parse_state_document(document);
  if (!parsed) {
    shared.error = parsed.error().message;
    return shared;
  }
  shared.saved = parsed->saved;
  const auto section = parsed->sections.find(std::string(kStatusSection));
  if (section == parsed->sections.end()) return shared;
  const auto memory = parse_status_section(section->second);
  if (!memory) {
    shared.error = memory.error().message;
    return shared;
  }
  shared.by_state[State::InSync] = memory->in_sync.size();
  for (const RememberedRow& row : memory->others) ++shared.by_state[row.state.state];
  return shared;
}

FleetHistory history_of_state(const std::string& document) {
  FleetHistory history;
  const auto parsed = parse_state_document(document);
  if (!parsed) return history;
  const auto read = [&](std::string_view name, auto parse, auto& into) {
    const auto section = parsed->sections.find(std::string(name));
    if (section == parsed->sections.end()) return;
    if (auto value = parse(section->second)) into = *std::move(value);
  };
  read(kShareSection, parse_share_section, history.shares);
  read(kEventSection, parse_event_section, history.events);
  read(kIncidentsSection, parse_incidents_section, history.active);
  read(kEndedIncidentsSection, parse_ended_incidents_section, history.ended);
  return history;
}

void StandbyWatch::read_state() {
  const auto document = parts_.state->load();
  SharedState shared;
  std::shared_ptr<const FleetHistory> history;
  if (!document) {
    shared.error = document.error().message;
  } else if (*document) {
    shared = summarize_state(**document);
    history = std::make_shared<const FleetHistory>(history_of_state(**document));
  }
  const MutexLock lock(mutex_);
  if (history) history_ = std::move(history);
  state_problem_ = document ? "" : document.error().message;
  if (!document && shared_.saved) {  // what was read before is still worth showing
    shared_.error = std::move(shared.error);
  } else {
    shared_ = std::move(shared);
  }
}

void StandbyWatch::step(const std::stop_token& stop) {
  if (parts_.clock.steady_now() >= prove_at_) prove_credential(stop);
  if (!stop.stop_requested()) read_state();
}

void StandbyWatch::prove_credential(const std::stop_token& stop) {
  const ArmResult<Done> proven = parts_.prove_credential(stop);
  if (stop.stop_requested()) return;
  if (proven) {
    const auto spread = std::chrono::duration_cast<Duration>(kBetweenProofs / 4 * parts_.chance());
    prove_at_ = parts_.clock.steady_now() + kBetweenProofs + spread;
  }
  std::string problem = proven ? "" : proven.error().message;
  bool is_news = false;
  {
    const MutexLock lock(mutex_);
    is_news = credential_problem_ != problem;
    was_proven_ = was_proven_ || proven;
    credential_problem_ = problem;
  }
  if (is_news) {
    parts_.log.log(problem.empty() ? LogLevel::Info : LogLevel::Error, log_event::kLeadership,
                   problem.empty() ? "this standby has a token for Azure: it can take over"
                                   : "this standby could not take over: " + problem);
  }
}

void StandbyWatch::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    step(stop);
    if (!parts_.clock.sleep_until(parts_.clock.steady_now() + kInterval, stop)) return;
  }
}

void StandbyWatch::set_desired(DesiredState desired) {
  const MutexLock lock(mutex_);
  desired_ = std::move(desired);
}

DesiredState StandbyWatch::take_desired() {
  const MutexLock lock(mutex_);
  return std::exchange(desired_, {});
}

std::optional<std::string> StandbyWatch::not_ready() const {
  const LeadershipStatus leadership = parts_.leadership();
  if (!leadership.failure.empty())
    return "this standby cannot use the lease: " + leadership.failure;
  const MutexLock lock(mutex_);
  if (!state_problem_.empty())
    return "this standby cannot read the shared state: " + state_problem_;
  if (!credential_problem_.empty()) return "this standby has no token: " + credential_problem_;
  if (!was_proven_) return "this standby has not asked for a token yet";
  return std::nullopt;
}

SharedState StandbyWatch::shared_state() const {
  const MutexLock lock(mutex_);
  return shared_;
}

std::shared_ptr<const FleetHistory> StandbyWatch::fleet_history() const {
  const MutexLock lock(mutex_);
  return history_;
}

}  // namespace defenderd
