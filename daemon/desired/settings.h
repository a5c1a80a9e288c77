#pragma once
// The settings file as a value. The defaults here are those in config/README.md.

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/log_level.h"
#include "base/subscription_series.h"
#include "core/freeze.h"
#include "core/ids.h"
#include "core/lease.h"

namespace defenderd {

enum class AuthMethod {
  Auto,
  ClientSecret,
  ClientCertificate,
  WorkloadIdentity,
  ManagedIdentity,
  AzureCli,
  TokenFile,
};

enum class PollStrategy { Direct, ResourceGraph };

struct PollSettings {
  Duration interval = std::chrono::minutes(5);
  PollStrategy strategy = PollStrategy::Direct;
  // At least the interval: time between direct reads of a subscription.
  Duration full_interval = std::chrono::hours(1);
  double jitter = 0.10;  // share of the interval, 0 to 0.5
  int workers = 16;
  Duration retry_min = std::chrono::seconds(2);
  Duration retry_max = std::chrono::minutes(15);
  bool operator==(const PollSettings&) const = default;
};

struct AuthSettings {
  AuthMethod method = AuthMethod::Auto;
  std::string client_id = {};           // else AZURE_CLIENT_ID
  std::string client_secret_file = {};  // else AZURE_CLIENT_SECRET
  std::string certificate_file = {};    // PEM with key; else AZURE_CLIENT_CERTIFICATE_PATH
  std::string token_file = {};          // method tokenFile: a file that contains an access token
  // A managed identity that is not selected by client_id; "" or one of both.
  std::string identity_object_id = {};
  std::string identity_resource_id = {};
  bool operator==(const AuthSettings&) const = default;
};

struct EndpointSettings {
  std::string resource_manager = {};  // https://host[:port]; "" follows the cloud
  std::string authority = {};
  std::string audience = {};  // token audience; "" follows the cloud, or resource_manager where set
  std::string ca_file = {};   // PEM; "" is the system's store
  bool operator==(const EndpointSettings&) const = default;
};

struct AzureSettings {
  std::string cloud = "AzureCloud";
  std::optional<TenantId> tenant = {};
  AuthSettings auth = {};
  bool register_provider = false;
  bool activity_log = true;  // who changed what is looked up
  bool activity_log_addresses = false;
  EndpointSettings endpoints = {};
  Duration connect_timeout = std::chrono::seconds(5);
  Duration request_timeout = std::chrono::seconds(90);
  double reads_per_second = 20;
  double writes_per_second = 5;
  bool operator==(const AzureSettings&) const = default;
};

struct SafetySettings {
  int max_disables_per_sweep = 3;
  std::optional<int> max_enables_per_sweep = 25;  // nullopt: no brake
  // By default the cost of switching on does not hold up the correction of drift.
  bool enables_count_drift = false;
  std::string confirm = {};  // code of the held changes to confirm
  int contested_corrections = 3;
  Duration contested_within = std::chrono::hours(1);
  std::optional<int> pace_subscriptions = {};  // nullopt: any number per interval
  std::optional<int> pace_failures = {};       // nullopt: a roll-out never stops
  std::vector<Freeze> freezes = {};
  bool operator==(const SafetySettings&) const = default;
};

// The inspection of AI accounts (core/finding.h).
struct FindingSettings {
  bool enabled = true;
  Duration interval = std::chrono::hours(6);
  bool content_filters = true;  // of deployments
  bool operator==(const FindingSettings&) const = default;
};

struct ServerSettings {
  std::string host = "0.0.0.0";
  int port = 8080;  // 0: any free one, which the log shows
  // Host headers that the page and the API accept, besides loopback and `host`.
  std::vector<std::string> allowed_hosts = {};
  bool lifecycle = false;
  std::string web_config_file = {};  // TLS and users (web_config.h); "" is neither
  bool open_probes = true;           // without a certificate, user or password
  SubscriptionSeries per_subscription_metrics = SubscriptionSeries::All;
  bool operator==(const ServerSettings&) const = default;
};

// More than one replica: one of them leads, by a Lease of Kubernetes.
struct CoordinationSettings {
  bool enabled = false;
  std::string name = "defenderd";  // of the Lease; its ConfigMap is NAME-state
  std::string name_space = {};     // "" is that of the service account
  LeaseTiming timing = {};
  // Where the API of Kubernetes is, if not as in a pod.
  std::string server = {};      // https://host[:port]
  std::string ca_file = {};     // PEM
  std::string token_file = {};  // a bearer token
  bool operator==(const CoordinationSettings&) const = default;
};

struct LogSettings {
  LogLevel level = LogLevel::Info;
  LogFormat format = LogFormat::Json;
  bool ids = false;  // whether a text has the ids of requests; JSON always has them
  bool operator==(const LogSettings&) const = default;
};

struct Settings {
  PollSettings poll = {};
  AzureSettings azure = {};
  SafetySettings safety = {};
  FindingSettings findings = {};
  ServerSettings server = {};
  std::string journal_file = {};  // "" is none, "-" is stdout
  std::string state_file = {};    // "": state.json next to a journal that is a file, else none
  CoordinationSettings coordination = {};
  LogSettings log = {};
  std::string hash = {};  // of the file's content, hexadecimal
  bool operator==(const Settings&) const = default;
};

}  // namespace defenderd
