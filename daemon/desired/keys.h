#pragma once
// The keys of both files, in the order in which messages list them. The schemas and the reference
// are tested against these.

#include <array>
#include <cstddef>
#include <string_view>

#include "core/plan_catalog.h"

namespace defenderd::keys {

template <std::size_t N>
using Keys = std::array<std::string_view, N>;

template <std::size_t... N>
constexpr auto joined(const Keys<N>&... lists) {
  Keys<(N + ...)> all{};
  std::size_t size = 0;
  const auto append = [&](const auto& list) {
    for (const std::string_view key : list) all[size++] = key;
  };
  (append(lists), ...);
  return all;
}

inline constexpr std::string_view kApiVersion = "defenderd/v1";
inline constexpr std::string_view kDesiredStateKind = "DesiredState";
inline constexpr std::string_view kSettingsKind = "Settings";

// Desired state.
inline constexpr Keys<5> kDesiredState{"apiVersion", "kind", "defaults", "subscriptions", "scopes"};
inline constexpr auto kExtensions = extension_words<kDeclaredPlan>();
inline constexpr auto kDefaults =
    joined(Keys<1>{"plan"}, kExtensions,
           Keys<8>{"extensions", "mode", "unnamedExtensions", "interval", "tenantId", "owner",
                   "wave", "findings"});
inline constexpr Keys<9> kAfterExtensions{"extensions", "mode",     "unnamedExtensions",
                                          "suspend",    "interval", "reason",
                                          "owner",      "wave",     "findings"};
inline constexpr auto kSubscription =
    joined(Keys<4>{"id", "name", "tenantId", "plan"}, kExtensions, kAfterExtensions);
inline constexpr auto kScope =
    joined(Keys<7>{"name", "managementGroup", "tags", "allVisible", "exclude", "tenantId", "plan"},
           kExtensions, kAfterExtensions);
inline constexpr Keys<3> kSuspend{"until", "reason", "by"};
inline constexpr Keys<1> kFindings{"accept"};
inline constexpr Keys<4> kAccept{"finding", "resource", "reason", "until"};

// Settings.
inline constexpr Keys<11> kSettings{"apiVersion", "kind",         "poll",   "azure",
                                    "safety",     "findings",     "server", "journal",
                                    "state",      "coordination", "log"};
inline constexpr Keys<3> kFindingsSettings{"enabled", "interval", "contentFilters"};
inline constexpr Keys<6> kPoll{"interval", "strategy", "fullInterval",
                               "jitter",   "workers",  "retry"};
inline constexpr Keys<2> kRetry{"min", "max"};
inline constexpr Keys<9> kAzure{
    "cloud",     "tenantId", "auth",  "registerProvider", "activityLog", "activityLogAddresses",
    "endpoints", "timeouts", "budget"};
inline constexpr Keys<6> kAuth{"method",          "clientId",  "clientSecretFile",
                               "certificateFile", "tokenFile", "managedIdentity"};
inline constexpr Keys<2> kManagedIdentity{"objectId", "resourceId"};
inline constexpr Keys<4> kEndpoints{"resourceManager", "authority", "audience", "caFile"};
inline constexpr Keys<2> kTimeouts{"connect", "request"};
inline constexpr Keys<2> kBudget{"readsPerSecond", "writesPerSecond"};
inline constexpr Keys<6> kSafety{
    "maxDisablesPerSweep", "maxEnablesPerSweep", "confirm", "contestedAfter", "pace", "freeze"};
inline constexpr Keys<2> kPace{"subscriptions", "stopAfterFailures"};
inline constexpr Keys<7> kFreeze{"from", "until", "weekly", "except", "owners", "reason", "by"};
inline constexpr Keys<4> kWeekly{"days", "from", "for", "timeZone"};
inline constexpr Keys<2> kContestedAfter{"corrections", "within"};
inline constexpr Keys<6> kServer{"listen",       "webConfigFile", "openProbes",
                                 "allowedHosts", "lifecycle",     "perSubscriptionMetrics"};
inline constexpr Keys<1> kJournal{"file"};
inline constexpr Keys<1> kState{"file"};
inline constexpr Keys<2> kCoordination{"lease", "kubernetes"};
inline constexpr Keys<5> kLease{"name", "namespace", "duration", "renewDeadline", "retryPeriod"};
inline constexpr Keys<3> kKubernetes{"server", "caFile", "tokenFile"};
inline constexpr Keys<3> kLog{"level", "format", "ids"};

}  // namespace defenderd::keys
