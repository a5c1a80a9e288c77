#include "desired/settings_advice.h"

#include <algorithm>
#include <array>
#include <span>

#include "base/text.h"
#include "desired/keys.h"

namespace defenderd {
namespace {

constexpr std::array<std::string_view, 9> kSecretWords{"secret", "password",   "passwd",
                                                       "token",  "privatekey", "credential",
                                                       "apikey", "accesskey",  "passphrase"};

struct Section {
  std::string_view path;
  std::span<const std::string_view> keys;
};
constexpr std::array<Section, 15> kSections{{
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
    {"server", keys::kServer},
    {"journal", keys::kJournal},
    {"state", keys::kState},
    {"log", keys::kLog},
    {"", keys::kSettings},
}};

bool is_secret(std::string_view key) {
  if (key.size() > 64) return false;
  std::string letters = to_lower(key);
  std::erase_if(letters, [](char c) { return c == '_' || c == '-' || c == '.'; });
  if (letters.find("file") != std::string::npos) return false;
  return std::any_of(kSecretWords.begin(), kSecretWords.end(), [&](std::string_view word) {
    return letters.find(word) != std::string::npos;
  });
}

}  // namespace

std::string settings_advice(std::string_view key) {
  if (is_secret(key)) {
    return "secrets never stand in this file: set an environment variable such as "
           "AZURE_CLIENT_SECRET, or name a file in azure.auth.clientSecretFile";
  }
  for (const Section& section : kSections) {
    if (std::find(section.keys.begin(), section.keys.end(), key) == section.keys.end()) continue;
    if (section.path.empty()) return "unknown key here: it belongs to the top of the file";
    return "unknown key here: it belongs to " + std::string(section.path);
  }
  return "";
}

}  // namespace defenderd
