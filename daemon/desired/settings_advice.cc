#include "desired/settings_advice.h"

#include <algorithm>
#include <array>
#include <span>

#include "base/credential_keys.h"
#include "base/text.h"
#include "desired/keys.h"

namespace defenderd {
namespace {

struct Section {
  std::string_view path;
  std::span<const std::string_view> keys;
};
constexpr std::array<Section, 21> kSections{{
    {"poll", keys::kPoll},
    {"poll.retry", keys::kRetry},
    {"azure", keys::kAzure},
    {"azure.auth", keys::kAuth},
    {"azure.auth.managedIdentity", keys::kManagedIdentity},
    {"azure.endpoints", keys::kEndpoints},
    {"azure.timeouts", keys::kTimeouts},
    {"azure.budget", keys::kBudget},
    {"safety", keys::kSafety},
    {"safety.contestedAfter", keys::kContestedAfter},
    {"safety.pace", keys::kPace},
    {"safety.freeze", keys::kFreeze},
    {"safety.freeze.weekly", keys::kWeekly},
    {"server", keys::kServer},
    {"journal", keys::kJournal},
    {"state", keys::kState},
    {"coordination", keys::kCoordination},
    {"coordination.lease", keys::kLease},
    {"coordination.kubernetes", keys::kKubernetes},
    {"log", keys::kLog},
    {"", keys::kSettings},
}};

// A path to a secret is not a secret.
bool is_secret(std::string_view key) {
  return is_credential_key(key) && to_lower(key).find("file") == std::string::npos;
}

}  // namespace

std::string settings_advice(std::string_view key) {
  if (is_secret(key)) {
    return "secrets are never stored in this file: set an environment variable such as "
           "AZURE_CLIENT_SECRET, or use azure.auth.clientSecretFile";
  }
  for (const Section& section : kSections) {
    if (std::find(section.keys.begin(), section.keys.end(), key) == section.keys.end()) continue;
    if (section.path.empty()) return "unknown key here: it belongs at the top level of the file";
    return "unknown key here: it belongs to " + std::string(section.path);
  }
  return "";
}

}  // namespace defenderd
