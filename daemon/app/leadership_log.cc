#include "app/leadership_log.h"

#include <openssl/rand.h>

#include <array>

#include "base/hex.h"

namespace defenderd {
namespace {

std::string named(const LeadershipStatus& status) {
  std::string text = status.leader;
  if (!status.leader_url.empty()) text += " (" + status.leader_url + ")";
  return text;
}

void line(Logger& log, LogLevel level, const LeadershipStatus& now, const std::string& message) {
  log.log(level, log_event::kLeadership, message, {{log_key::kLeader, now.leader}});
}

}  // namespace

void log_leadership(const LeadershipStatus& before, const LeadershipStatus& now, Logger& log) {
  if (before.leads && (!now.leads || now.transitions != before.transitions)) {
    line(log, LogLevel::Warn, now,
         "this replica no longer leads with the lease " + now.lease +
             (now.leads || now.leader.empty() ? "" : ": " + named(now) + " has taken it"));
  }
  if (now.leads && (!before.leads || now.transitions != before.transitions)) {
    line(log, LogLevel::Info, now, "this replica now leads, with the lease " + now.lease);
  } else if (!now.leads && !now.leader.empty() && now.leader != before.leader) {
    line(log, LogLevel::Info, now, "standby: the leader is " + named(now));
  } else if (!now.leads && !before.leads && !before.leader.empty() && now.failure.empty()) {
    line(log, LogLevel::Info, now, "nobody holds the lease " + now.lease);
  }
  const bool both_lead = before.leads && now.leads && now.transitions == before.transitions;
  if (both_lead && before.may_write && !now.may_write) {
    line(log, LogLevel::Error, now,
         "the lease " + now.lease +
             " could not be renewed in time: nothing is written until it is" +
             (now.failure.empty() ? "" : ". " + now.failure));
  } else if (both_lead && !before.may_write && now.may_write) {
    line(log, LogLevel::Info, now,
         "the lease " + now.lease + " is renewed again; nobody else has led: writing resumes");
  } else if (now.failure != before.failure) {
    line(log, now.failure.empty() ? LogLevel::Info : LogLevel::Warn, now,
         now.failure.empty() ? "the lease " + now.lease + " can be used again"
                             : "the lease " + now.lease + " cannot be used: " + now.failure);
  }
}

void log_release(bool released, Logger& log) {
  log.log(released ? LogLevel::Info : LogLevel::Warn, log_event::kLeadership,
          released ? "the lease was released: another replica can lead at once"
                   : "the lease could not be released: the other replicas wait until it expires");
}

Result<std::string> replica_identity(const std::string& host_name) {
  std::array<unsigned char, 8> bytes{};
  if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1)
    return Unexpected(Error{"no random numbers are available for this replica's name"});
  return (host_name.empty() ? "defenderd" : host_name) + "_" + hex_of(bytes);
}

}  // namespace defenderd
