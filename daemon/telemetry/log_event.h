#pragma once
// The fixed sets of the log: its events, and the fields that a line may have. deploy/logs.md
// documents each of them; a test fails if page and code differ.

#include <array>
#include <string_view>

namespace defenderd {

struct LogEvent {
  std::string_view name;
};
namespace log_event {
inline constexpr LogEvent kStarted{"started"};
inline constexpr LogEvent kStopped{"stopped"};
inline constexpr LogEvent kCredential{"credential"};
inline constexpr LogEvent kTokenFailed{"token_failed"};
inline constexpr LogEvent kTokenRecovered{"token_recovered"};
inline constexpr LogEvent kCredentialExpires{"credential_expires"};
inline constexpr LogEvent kFirstSweep{"first_sweep"};
inline constexpr LogEvent kWatch{"watch"};
inline constexpr LogEvent kReloaded{"reloaded"};
inline constexpr LogEvent kReloadFailed{"reload_failed"};
inline constexpr LogEvent kReloadWaits{"reload_waits"};
inline constexpr LogEvent kOddFile{"odd_file"};
inline constexpr LogEvent kRestartNeeded{"restart_needed"};
inline constexpr LogEvent kBudget{"budget"};
inline constexpr LogEvent kThrottled{"throttled"};
inline constexpr LogEvent kBrake{"brake"};
inline constexpr LogEvent kFreeze{"freeze"};
inline constexpr LogEvent kThaw{"thaw"};
inline constexpr LogEvent kJournal{"journal"};
inline constexpr LogEvent kLogDropped{"log_dropped"};
inline constexpr LogEvent kDescriptors{"descriptors"};
inline constexpr LogEvent kWebConfig{"web_config"};
inline constexpr LogEvent kState{"state"};
inline constexpr LogEvent kLeadership{"leadership"};
inline constexpr LogEvent kServiceManager{"service_manager"};
inline constexpr LogEvent kBug{"bug"};
inline constexpr LogEvent kCorrected{"corrected"};
inline constexpr LogEvent kSwitchedOnByService{"switched_on_by_service"};
inline constexpr LogEvent kWithheld{"withheld"};
inline constexpr LogEvent kChangeFailed{"change_failed"};
inline constexpr LogEvent kFailed{"failed"};
inline constexpr LogEvent kRecovered{"recovered"};
inline constexpr LogEvent kIncident{"incident"};
inline constexpr LogEvent kSuspensionEnds{"suspension_ends"};
inline constexpr LogEvent kUndeclared{"undeclared"};
inline constexpr LogEvent kLeftScope{"left_scope"};
inline constexpr LogEvent kLeftList{"left_list"};
inline constexpr LogEvent kScopesDisagree{"scopes_disagree"};
inline constexpr LogEvent kScopesCover{"scopes_cover"};
inline constexpr LogEvent kScopeEmpty{"scope_empty"};
inline constexpr LogEvent kDiscoveryFailed{"discovery_failed"};
inline constexpr LogEvent kDiscoveryRecovered{"discovery_recovered"};
inline constexpr LogEvent kGraphUnavailable{"graph_unavailable"};
inline constexpr LogEvent kGraphAvailable{"graph_available"};
inline constexpr LogEvent kGraphDisagrees{"graph_disagrees"};
inline constexpr LogEvent kAttributed{"attributed"};
inline constexpr LogEvent kActivityLog{"activity_log"};
inline constexpr LogEvent kFinding{"finding"};
inline constexpr LogEvent kInspection{"inspection"};
inline constexpr LogEvent kInSync{"in_sync"};
inline constexpr LogEvent kRetry{"retry"};
inline constexpr std::array kAll{kStarted,
                                 kStopped,
                                 kCredential,
                                 kTokenFailed,
                                 kTokenRecovered,
                                 kCredentialExpires,
                                 kFirstSweep,
                                 kWatch,
                                 kReloaded,
                                 kReloadFailed,
                                 kReloadWaits,
                                 kOddFile,
                                 kRestartNeeded,
                                 kBudget,
                                 kThrottled,
                                 kBrake,
                                 kFreeze,
                                 kThaw,
                                 kJournal,
                                 kLogDropped,
                                 kDescriptors,
                                 kWebConfig,
                                 kState,
                                 kLeadership,
                                 kServiceManager,
                                 kBug,
                                 kCorrected,
                                 kSwitchedOnByService,
                                 kWithheld,
                                 kChangeFailed,
                                 kFailed,
                                 kRecovered,
                                 kIncident,
                                 kSuspensionEnds,
                                 kUndeclared,
                                 kLeftScope,
                                 kLeftList,
                                 kScopesDisagree,
                                 kScopesCover,
                                 kScopeEmpty,
                                 kDiscoveryFailed,
                                 kDiscoveryRecovered,
                                 kGraphUnavailable,
                                 kGraphAvailable,
                                 kGraphDisagrees,
                                 kAttributed,
                                 kActivityLog,
                                 kFinding,
                                 kInspection,
                                 kInSync,
                                 kRetry};
}  // namespace log_event

struct LogKey {
  std::string_view name;
  bool operator==(const LogKey&) const = default;
};
namespace log_key {
inline constexpr LogKey kSubscriptionId{"subscription_id"};
inline constexpr LogKey kName{"name"};
inline constexpr LogKey kField{"field"};
inline constexpr LogKey kFrom{"from"};
inline constexpr LogKey kTo{"to"};
inline constexpr LogKey kResult{"result"};
inline constexpr LogKey kState{"state"};
inline constexpr LogKey kReason{"reason"};
inline constexpr LogKey kHttpStatus{"http_status"};
inline constexpr LogKey kArmCode{"arm_code"};
inline constexpr LogKey kRequestId{"request_id"};
inline constexpr LogKey kCorrelationId{"correlation_id"};
inline constexpr LogKey kClientRequestId{"client_request_id"};
inline constexpr LogKey kExtensions{"extensions"};
inline constexpr LogKey kRepeated{"repeated"};
inline constexpr LogKey kUntil{"until"};
inline constexpr LogKey kTenant{"tenant"};
inline constexpr LogKey kFile{"file"};
inline constexpr LogKey kCount{"count"};
inline constexpr LogKey kActor{"actor"};
inline constexpr LogKey kClient{"client"};
inline constexpr LogKey kFinding{"finding"};
inline constexpr LogKey kResource{"resource"};
inline constexpr LogKey kListen{"listen"};
inline constexpr LogKey kVersion{"version"};
inline constexpr LogKey kRevision{"revision"};
inline constexpr LogKey kCommit{"commit"};
inline constexpr LogKey kLeader{"leader"};
inline constexpr std::array kAll{
    kSubscriptionId,  kName,       kField,      kFrom,    kTo,        kResult,
    kState,           kReason,     kHttpStatus, kArmCode, kRequestId, kCorrelationId,
    kClientRequestId, kExtensions, kRepeated,   kUntil,   kTenant,    kFile,
    kCount,           kActor,      kClient,     kFinding, kResource,  kListen,
    kVersion,         kRevision,   kCommit,     kLeader};
}  // namespace log_key

}  // namespace defenderd
