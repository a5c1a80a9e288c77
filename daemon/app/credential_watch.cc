#include "app/credential_watch.h"

#include <chrono>
#include <string>
#include <utility>

#include "base/time_text.h"

namespace defenderd {
namespace {

using std::chrono::hours;

constexpr Duration kBetweenChecks = std::chrono::minutes(1);
constexpr Duration kTwoWeeks = hours(14 * 24);
constexpr Duration kThreeDays = hours(3 * 24);
// What renews a token's file may be a little late.
constexpr Duration kLate = std::chrono::minutes(1);

std::string name_of(CredentialKind kind) {
  switch (kind) {
    case CredentialKind::ClientCertificate:
      return "the client certificate";
    case CredentialKind::FederatedToken:
      return "the federated token";
    case CredentialKind::AccessToken:
      return "the access token in azure.auth.tokenFile";
  }
  return "the credential";
}

std::string what_to_do(CredentialKind kind) {
  return kind == CredentialKind::ClientCertificate
             ? "make a new one, register it with the application, and replace the file"
             : "check what writes its file: it has stopped renewing it";
}

std::string message_of(const CredentialExpiry& credential, Nearness near, WallTime now) {
  const std::string name = name_of(credential.kind);
  const std::string end = format_rfc3339(credential.expires);
  if (near == Nearness::Far) return name + " was renewed and is valid until " + end;
  if (near == Nearness::Over)
    return name + " expired at " + end + ", and no new access token can be requested with it; " +
           what_to_do(credential.kind);
  return name + " expires at " + end + ", in " +
         format_duration(std::chrono::floor<hours>(credential.expires - now)) + "; " +
         what_to_do(credential.kind) + " before that";
}

}  // namespace

Nearness nearness(const CredentialExpiry& credential, WallTime now) {
  const Duration left = credential.expires - now;
  if (credential.kind != CredentialKind::ClientCertificate)
    return left < -kLate ? Nearness::Over : Nearness::Far;
  if (left <= Duration::zero()) return Nearness::Over;
  if (left <= kThreeDays) return Nearness::ThreeDays;
  return left <= kTwoWeeks ? Nearness::TwoWeeks : Nearness::Far;
}

CredentialWatch::CredentialWatch(ExpiryReader read, Metrics& metrics, const Clock& clock,
                                 Logger& log)
    : read_(std::move(read)), metrics_(metrics), clock_(clock), log_(log) {}

void CredentialWatch::check() {
  if (!read_) return;
  const SteadyTime now = clock_.steady_now();
  if (checked_ && now - *checked_ < kBetweenChecks) return;
  checked_ = now;
  auto credential = read_();
  if (!credential) credential = expiry();  // a file that is being replaced
  if (!credential) return;
  metrics_.credential_expires(to_text(credential->kind), credential->expires);
  report(*credential, clock_.wall_now());
  const MutexLock lock(mutex_);
  expiry_ = credential;
}

std::optional<CredentialExpiry> CredentialWatch::expiry() const {
  const MutexLock lock(mutex_);
  return expiry_;
}

void CredentialWatch::report(const CredentialExpiry& credential, WallTime now) {
  const Nearness near = nearness(credential, now);
  if (near == reported_) return;
  reported_ = near;
  log_.log(near == Nearness::Far        ? LogLevel::Info
           : near == Nearness::TwoWeeks ? LogLevel::Warn
                                        : LogLevel::Error,
           log_event::kCredentialExpires, message_of(credential, near, now),
           {{log_key::kUntil, format_rfc3339(credential.expires)}});
}

}  // namespace defenderd
