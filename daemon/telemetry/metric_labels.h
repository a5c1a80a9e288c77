#pragma once
// Label values that come from fixed sets, so that no input can create unlimited series.

#include <array>
#include <string_view>

namespace defenderd {

// The quotas that ARM reports: the part after "x-ms-ratelimit-remaining-" in the header's name.
inline constexpr std::array<std::string_view, 9> kRateLimitKinds{"subscription-resource-requests",
                                                                 "subscription-reads",
                                                                 "subscription-writes",
                                                                 "subscription-deletes",
                                                                 "subscription-global-reads",
                                                                 "subscription-global-writes",
                                                                 "subscription-global-deletes",
                                                                 "tenant-reads",
                                                                 "tenant-writes"};

// Why the HTTP server refused a client's request or connection.
inline constexpr std::array<std::string_view, 6> kHttpRefusals{"malformed", "busy", "memory",
                                                               "evicted",   "tls",  "denied"};

// What a thread works on whose exceptions are caught and counted (daemon/README.md).
inline constexpr std::array<std::string_view, 12> kThreads{
    "reconcile", "scopes", "graph",   "activity", "findings", "files",
    "safety",    "state",  "standby", "server",   "watchdog", "election"};

// The credentials whose end is known.
inline constexpr std::string_view kAccessToken = "access_token";
inline constexpr std::string_view kServerCertificate = "server_certificate";  // of our server
inline constexpr std::array<std::string_view, 4> kCredentials{
    "client_certificate", "federated_token", kAccessToken, kServerCertificate};

}  // namespace defenderd
