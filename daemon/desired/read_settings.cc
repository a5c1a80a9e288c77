#include "desired/read_settings.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>

#include "base/text.h"
#include "base/time_text.h"
#include "desired/addresses.h"
#include "desired/content_hash.h"
#include "desired/document.h"
#include "desired/keys.h"
#include "desired/limits.h"
#include "desired/read_coordination.h"
#include "desired/read_freezes.h"
#include "desired/read_value.h"
#include "desired/settings_advice.h"

namespace defenderd {
namespace {

constexpr std::array<std::string_view, 3> kClouds{"AzureCloud", "AzureUSGovernment",
                                                  "AzureChinaCloud"};
constexpr std::array<std::string_view, 7> kMethods{
    "auto",     "clientSecret", "clientCertificate", "workloadIdentity", "managedIdentity",
    "azureCli", "tokenFile"};
constexpr std::array<AuthMethod, 7> kMethodValues{AuthMethod::Auto,
                                                  AuthMethod::ClientSecret,
                                                  AuthMethod::ClientCertificate,
                                                  AuthMethod::WorkloadIdentity,
                                                  AuthMethod::ManagedIdentity,
                                                  AuthMethod::AzureCli,
                                                  AuthMethod::TokenFile};
constexpr std::array<std::string_view, 4> kLevels{"debug", "info", "warn", "error"};
constexpr std::array<LogLevel, 4> kLevelValues{LogLevel::Debug, LogLevel::Info, LogLevel::Warn,
                                               LogLevel::Error};
constexpr std::array<std::string_view, 2> kStrategies{"direct", "resourceGraph"};
constexpr std::array<PollStrategy, 2> kStrategyValues{PollStrategy::Direct,
                                                      PollStrategy::ResourceGraph};
constexpr std::array<std::string_view, 3> kFormats{"text", "json", "journald"};
constexpr std::array<LogFormat, 3> kFormatValues{LogFormat::Text, LogFormat::Json,
                                                 LogFormat::Journald};
constexpr std::array<std::string_view, 3> kSeries{"all", "different", "off"};
constexpr std::array<SubscriptionSeries, 3> kSeriesValues{
    SubscriptionSeries::All, SubscriptionSeries::Different, SubscriptionSeries::None};

// The value that belongs to the word.
template <class T, std::size_t N>
std::optional<T> read_choice(const Value& value, const std::array<std::string_view, N>& words,
                             const std::array<T, N>& values) {
  const auto word = read_word(value, words);
  if (!word) return std::nullopt;
  return values.at(*word);
}

// `on` is all of them.
std::optional<SubscriptionSeries> read_series(const Value& value) {
  if (value.node().kind == YamlKind::Scalar) {
    if (const auto on = parse_switch(value.text()))
      return *on ? SubscriptionSeries::All : SubscriptionSeries::None;
  }
  return read_choice<SubscriptionSeries, 3>(value, kSeries, kSeriesValues);
}

// "10%" as 0.1.
std::optional<double> read_percent(const Value& value) {
  if (value.node().kind == YamlKind::Scalar && value.text().ends_with('%')) {
    const std::string_view digits = value.text().substr(0, value.text().size() - 1);
    double percent = -1;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), percent,
                                              std::chars_format::fixed);
    if (error == std::errc() && end == digits.data() + digits.size() && percent >= 0 &&
        percent <= limits::kMaxJitterPercent) {
      return percent / 100;
    }
  }
  value.expected("a share from 0% to 50%, such as 10%");
  return std::nullopt;
}

// A number, or `none`.
std::optional<std::optional<int>> read_brake_limit(const Value& value) {
  if (value.node().kind == YamlKind::Scalar && value.text() == "none") return std::optional<int>();
  const auto limit = read_integer(value, 0, limits::kMaxChangesPerSweep);
  if (!limit) return std::nullopt;
  return limit;
}

// A code may look like a number, so its text is used.
std::optional<std::string> read_code(const Value& value) {
  constexpr std::size_t kMaxCode = 64;
  if (value.node().kind == YamlKind::Scalar) {
    const std::string_view text = value.text();
    const bool plain = text.find_first_not_of(
                           "0123456789abcdefghijklmnopqrstuvwxyz"
                           "ABCDEFGHIJKLMNOPQRSTUVWXYZ-") == std::string_view::npos;
    if (plain && !text.empty() && text.size() <= kMaxCode) return std::string(text);
  }
  value.expected("the code that the log and the status page show for the held changes");
  return std::nullopt;
}

// Reads the map under `key` with `read(const MapReader&)`.
template <std::size_t N, class Read>
void section(const MapReader& map, std::string_view key,
             const std::array<std::string_view, N>& known, Read read) {
  map.get(key, [&](const Value& value) -> std::optional<bool> {
    const MapReader inner(value, known, settings_advice);
    if (inner.is_map()) read(inner);
    return true;
  });
}

void read_poll(const MapReader& map, PollSettings& poll) {
  map.into(poll.interval, "interval", read_duration, limits::kMinInterval, limits::kMaxInterval);
  map.into(poll.strategy, "strategy", read_choice<PollStrategy, 2>, kStrategies, kStrategyValues);
  poll.full_interval = std::max(poll.full_interval, poll.interval);
  map.into(poll.full_interval, "fullInterval", read_duration, limits::kMinInterval,
           limits::kMaxInterval);
  if (poll.full_interval < poll.interval) {
    map.problem("fullInterval", "fullInterval (" + format_duration(poll.full_interval) +
                                    ") is shorter than interval (" +
                                    format_duration(poll.interval) + ")");
  }
  map.into(poll.jitter, "jitter", read_percent);
  map.into(poll.workers, "workers", read_integer, 1, limits::kMaxWorkers);
  section(map, "retry", keys::kRetry, [&](const MapReader& retry) {
    retry.into(poll.retry_min, "min", read_duration, limits::kMinRetry, limits::kMaxRetry);
    retry.into(poll.retry_max, "max", read_duration, limits::kMinRetry, limits::kMaxRetry);
    if (poll.retry_min > poll.retry_max) {
      retry.problem(retry.has("max") ? "max" : "min", "max (" + format_duration(poll.retry_max) +
                                                          ") is shorter than min (" +
                                                          format_duration(poll.retry_min) + ")");
    }
  });
}

std::optional<std::string> read_guid_text(const Value& value) {
  const auto id = read_guid<TenantId>(value);
  if (!id) return std::nullopt;
  return id->text();
}

// "/subscriptions/.../providers/Microsoft.ManagedIdentity/userAssignedIdentities/NAME"
std::optional<std::string> read_resource_id(const Value& value) {
  constexpr std::size_t kMaxId = 2048;
  auto id = read_text(value, kMaxId);
  if (!id || id->starts_with("/subscriptions/")) return id;
  value.expected("the resource id of a managed identity, /subscriptions/...");
  return std::nullopt;
}

void read_managed_identity(const MapReader& auth_map, const MapReader& map, AuthSettings& auth) {
  map.into(auth.identity_object_id, "objectId", read_guid_text);
  map.into(auth.identity_resource_id, "resourceId", read_resource_id);
  if (map.has("objectId") && map.has("resourceId"))
    map.problem("resourceId", "the identity is already selected by objectId, delete one of them");
  if (auth_map.has("clientId"))
    auth_map.problem("managedIdentity",
                     "the identity is already selected by clientId, delete one of them");
  if (auth.method != AuthMethod::ManagedIdentity && auth.method != AuthMethod::Auto)
    auth_map.problem(
        "managedIdentity",
        "used only with method: managedIdentity or auto, delete one or change the other");
}

void read_auth(const MapReader& map, AuthSettings& auth) {
  map.into(auth.method, "method", read_choice<AuthMethod, 7>, kMethods, kMethodValues);
  map.into(auth.client_id, "clientId", read_guid_text);
  map.into(auth.client_secret_file, "clientSecretFile", read_path);
  map.into(auth.certificate_file, "certificateFile", read_path);
  map.into(auth.token_file, "tokenFile", read_path);
  if (auth.method == AuthMethod::TokenFile && !map.has("tokenFile")) {
    map.missing("tokenFile", "the file that contains an access token, because method is tokenFile");
  }
  if (auth.method != AuthMethod::TokenFile && map.has("tokenFile")) {
    map.problem("tokenFile", "used only with method: tokenFile, delete one or change the other");
  }
  section(map, "managedIdentity", keys::kManagedIdentity,
          [&](const MapReader& identity) { read_managed_identity(map, identity, auth); });
}

void read_azure(const MapReader& map, AzureSettings& azure) {
  map.get("cloud", [&](const Value& value) -> std::optional<bool> {
    if (const auto word = read_word(value, kClouds)) azure.cloud = kClouds.at(*word);
    return true;
  });
  azure.tenant = map.get("tenantId", read_guid<TenantId>);
  section(map, "auth", keys::kAuth, [&](const MapReader& auth) { read_auth(auth, azure.auth); });
  map.into(azure.register_provider, "registerProvider", read_switch);
  map.into(azure.activity_log, "activityLog", read_switch);
  map.into(azure.activity_log_addresses, "activityLogAddresses", read_switch);
  if (azure.activity_log_addresses && !azure.activity_log)
    map.problem("activityLogAddresses", "used only with activityLog: on, delete one of them");
  section(map, "endpoints", keys::kEndpoints, [&](const MapReader& endpoints) {
    endpoints.into(azure.endpoints.resource_manager, "resourceManager", read_origin);
    endpoints.into(azure.endpoints.authority, "authority", read_origin);
    endpoints.into(azure.endpoints.audience, "audience", read_url);
    endpoints.into(azure.endpoints.ca_file, "caFile", read_path);
  });
  section(map, "timeouts", keys::kTimeouts, [&](const MapReader& timeouts) {
    timeouts.into(azure.connect_timeout, "connect", read_duration, limits::kMinTimeout,
                  limits::kMaxTimeout);
    timeouts.into(azure.request_timeout, "request", read_duration, limits::kMinTimeout,
                  limits::kMaxTimeout);
    if (azure.request_timeout < azure.connect_timeout) {
      timeouts.problem(timeouts.has("request") ? "request" : "connect",
                       "request (" + format_duration(azure.request_timeout) +
                           ") is shorter than connect (" + format_duration(azure.connect_timeout) +
                           "), which is a part of it");
    }
  });
  section(map, "budget", keys::kBudget, [&](const MapReader& budget) {
    budget.into(azure.reads_per_second, "readsPerSecond", read_number, limits::kMinRate,
                limits::kMaxRate);
    budget.into(azure.writes_per_second, "writesPerSecond", read_number, limits::kMinRate,
                limits::kMaxRate);
  });
}

void read_safety(const MapReader& map, SafetySettings& safety) {
  map.into(safety.max_disables_per_sweep, "maxDisablesPerSweep", read_integer, 0,
           limits::kMaxChangesPerSweep);
  map.into(safety.max_enables_per_sweep, "maxEnablesPerSweep", read_brake_limit);
  safety.enables_count_drift = map.has("maxEnablesPerSweep");
  map.into(safety.confirm, "confirm", read_code);
  section(map, "contestedAfter", keys::kContestedAfter, [&](const MapReader& contested) {
    contested.into(safety.contested_corrections, "corrections", read_integer, 1,
                   limits::kMaxCorrections);
    contested.into(safety.contested_within, "within", read_duration, limits::kMinWithin,
                   limits::kMaxWithin);
  });
  section(map, "pace", keys::kPace, [&](const MapReader& pace) {
    safety.pace_subscriptions =
        pace.get("subscriptions", read_integer, 1, limits::kMaxChangesPerSweep);
    safety.pace_failures =
        pace.get("stopAfterFailures", read_integer, 1, limits::kMaxChangesPerSweep);
  });
  // The pace is the limit then.
  if (safety.pace_subscriptions && !map.has("maxEnablesPerSweep"))
    safety.max_enables_per_sweep.reset();
  map.into(safety.freezes, "freeze", read_freezes);
}

void read_server(const MapReader& map, ServerSettings& server) {
  if (auto listen = map.get("listen", read_listen)) {
    server.host = std::move(listen->host);
    server.port = listen->port;
  }
  map.into(server.allowed_hosts, "allowedHosts", read_hosts);
  map.into(server.lifecycle, "lifecycle", read_switch);
  map.into(server.web_config_file, "webConfigFile", read_path);
  map.into(server.open_probes, "openProbes", read_switch);
  if (!server.open_probes && !map.has("webConfigFile"))
    map.problem("openProbes", "used only with webConfigFile: without it everything is open");
  map.into(server.per_subscription_metrics, "perSubscriptionMetrics", read_series);
}

void read_top(const Value& document, Settings& settings) {
  const MapReader map(document, keys::kSettings, settings_advice);
  if (!map.is_map()) return;
  check_head(map, keys::kSettingsKind);
  section(map, "poll", keys::kPoll, [&](const MapReader& m) { read_poll(m, settings.poll); });
  section(map, "azure", keys::kAzure, [&](const MapReader& m) { read_azure(m, settings.azure); });
  section(map, "safety", keys::kSafety,
          [&](const MapReader& m) { read_safety(m, settings.safety); });
  section(map, "findings", keys::kFindingsSettings, [&](const MapReader& m) {
    m.into(settings.findings.enabled, "enabled", read_switch);
    m.into(settings.findings.interval, "interval", read_duration, limits::kMinFindings,
           limits::kMaxFindings);
    m.into(settings.findings.content_filters, "contentFilters", read_switch);
  });
  section(map, "server", keys::kServer,
          [&](const MapReader& m) { read_server(m, settings.server); });
  section(map, "journal", keys::kJournal,
          [&](const MapReader& m) { m.into(settings.journal_file, "file", read_path); });
  section(map, "state", keys::kState, [&](const MapReader& m) {
    m.into(settings.state_file, "file", read_path);
    if (m.has("file") && settings.state_file == settings.journal_file) {
      m.problem("file", "this is also journal.file: each needs its own file");
    }
  });
  section(map, "coordination", keys::kCoordination, [&](const MapReader& m) {
    read_coordination(m, settings.coordination);
    if (!settings.state_file.empty()) {
      map.problem("state", "with coordination the state is kept in the ConfigMap " +
                               settings.coordination.name +
                               "-state, which every replica reads: delete state");
    }
  });
  section(map, "log", keys::kLog, [&](const MapReader& m) {
    m.into(settings.log.level, "level", read_choice<LogLevel, 4>, kLevels, kLevelValues);
    m.into(settings.log.format, "format", read_choice<LogFormat, 3>, kFormats, kFormatValues);
    m.into(settings.log.ids, "ids", read_switch);
  });
}

}  // namespace

Result<Settings, std::vector<Problem>> read_settings(std::string_view text, std::string file) {
  Settings settings;
  Report report(std::move(file), text);
  read_document(report, text, keys::kSettingsKind,
                [&](const Value& document) { read_top(document, settings); });
  if (!report.empty()) {
    std::vector<Problem> problems;
    report.append_to(problems);
    return Unexpected(std::move(problems));
  }
  settings.hash = content_hash({text});
  return settings;
}

}  // namespace defenderd
