#pragma once
// Follows when the credential in use expires: as a metric, in the status, and as a warning in the
// log while there is still time to renew it.

#include <optional>

#include "base/clock.h"
#include "base/mutex.h"
#include "identity/credential_expiry.h"
#include "telemetry/log.h"
#include "telemetry/metrics.h"

namespace defenderd {

// How near the end of a credential is. Only a client certificate is renewed by a person, who needs
// to know in time; the writer of a token's file renews it shortly before its end.
enum class Nearness { Far, TwoWeeks, ThreeDays, Over };
[[nodiscard]] Nearness nearness(const CredentialExpiry& credential, WallTime now);

// Thread-safe.
class CredentialWatch {
 public:
  // All outlive it.
  CredentialWatch(ExpiryReader read, Metrics& metrics, const Clock& clock, Logger& log);

  // Reads the credential's file, at most once a minute. Called by one thread at a time.
  void check();

  // As last read; nullopt if it is not known.
  [[nodiscard]] std::optional<CredentialExpiry> expiry() const;

 private:
  void report(const CredentialExpiry& credential, WallTime now);

  const ExpiryReader read_;
  Metrics& metrics_;
  const Clock& clock_;
  Logger& log_;

  // Used by check() only.
  std::optional<SteadyTime> checked_;
  Nearness reported_ = Nearness::Far;

  mutable Mutex mutex_;  // never held while the file is read
  std::optional<CredentialExpiry> expiry_ GUARDED_BY(mutex_);
};

}  // namespace defenderd
