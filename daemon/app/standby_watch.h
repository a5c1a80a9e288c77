#pragma once
// What a standby does: it stays ready to take over. It proves the credential by a token, reads the
// state that the leader shares, and knows the last good files. It sends nothing to Azure Resource
// Manager: the request budget is the leader's.

#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "base/clock.h"
#include "base/mutex.h"
#include "core/desired_state.h"
#include "core/failure.h"
#include "core/leadership.h"
#include "server/history_api.h"
#include "server/shared_state.h"
#include "telemetry/log.h"
#include "telemetry/state_store.h"

namespace defenderd {

// Thread-safe.
class StandbyWatch {
 public:
  // All outlive it.
  struct Parts {
    std::unique_ptr<StateStore> state;  // read only
    // Requests a token of the default tenant: a cached one would hide that there are no more.
    std::function<ArmResult<Done>(const std::stop_token&)> prove_credential;
    std::function<double()> chance;  // in [0, 1): spreads the requests of many standbys
    std::function<LeadershipStatus()> leadership;
    Clock& clock;
    Logger& log;
  };
  explicit StandbyWatch(Parts parts) : parts_(std::move(parts)) {}

  void run(const std::stop_token& stop);
  // Reads the state, and proves the credential every few minutes, or at once after a failure.
  void step(const std::stop_token& stop);

  // The last good desired state, which it passes on and does not act on.
  void set_desired(DesiredState desired);
  [[nodiscard]] DesiredState take_desired();

  // Why it could not take over now; nullopt if it could.
  [[nodiscard]] std::optional<std::string> not_ready() const;
  [[nodiscard]] SharedState shared_state() const;
  // What the leader saved of the last days. Never nullptr.
  [[nodiscard]] std::shared_ptr<const FleetHistory> fleet_history() const;

 private:
  void prove_credential(const std::stop_token& stop);
  void read_state();

  const Parts parts_;
  SteadyTime prove_at_{};  // used by run()'s thread
  mutable Mutex mutex_;
  bool was_proven_ GUARDED_BY(mutex_) = false;
  std::string credential_problem_ GUARDED_BY(mutex_);
  std::string state_problem_ GUARDED_BY(mutex_);  // why it cannot be read
  SharedState shared_ GUARDED_BY(mutex_);
  std::shared_ptr<const FleetHistory> history_ GUARDED_BY(mutex_) =
      std::make_shared<const FleetHistory>();
  DesiredState desired_ GUARDED_BY(mutex_);
};

// What a state document says of the fleet.
[[nodiscard]] SharedState summarize_state(const std::string& document);
// Sections that are missing or cannot be parsed are empty.
[[nodiscard]] FleetHistory history_of_state(const std::string& document);

}  // namespace defenderd
