#include "desired/read_coordination.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <utility>

#include "base/time_text.h"
#include "desired/addresses.h"
#include "desired/keys.h"
#include "desired/limits.h"
#include "desired/read_value.h"
#include "desired/settings_advice.h"

namespace defenderd {
namespace {

// Names of Kubernetes (RFC 1123): a label, and labels joined by dots.
// https://kubernetes.io/docs/concepts/overview/working-with-objects/names/
constexpr std::size_t kLabel = 63;
// The longest name of a ConfigMap, less "-state".
constexpr std::size_t kLeaseName = 253 - 6;

bool is_label(std::string_view text) {
  const auto fits = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  return !text.empty() && text.size() <= kLabel && fits(text.front()) && fits(text.back()) &&
         std::all_of(text.begin(), text.end(), [&](char c) { return fits(c) || c == '-'; });
}

bool is_subdomain(std::string_view text) {
  if (text.size() > kLeaseName) return false;
  while (true) {
    const std::size_t dot = text.find('.');
    if (!is_label(text.substr(0, dot))) return false;
    if (dot == std::string_view::npos) return true;
    text.remove_prefix(dot + 1);
  }
}

std::optional<std::string> read_lease_name(const Value& value) {
  if (value.node().kind == YamlKind::Scalar && is_subdomain(value.text()))
    return std::string(value.text());
  value.expected("the name of a Lease: lower-case letters, digits, '-' and '.', such as defenderd");
  return std::nullopt;
}

std::optional<std::string> read_namespace(const Value& value) {
  if (value.node().kind == YamlKind::Scalar && is_label(value.text()))
    return std::string(value.text());
  value.expected("the name of a namespace: lower-case letters, digits and '-', such as defender");
  return std::nullopt;
}

// Kubernetes stores whole seconds.
std::optional<Duration> read_lease_duration(const Value& value) {
  const auto duration = read_duration(value, limits::kMinLease, limits::kMaxLease);
  if (duration && *duration % std::chrono::seconds(1) != Duration::zero()) {
    value.expected("whole seconds, because the Lease has no fractions of one");
    return std::nullopt;
  }
  return duration;
}

void read_lease(const MapReader& map, CoordinationSettings& coordination) {
  map.into(coordination.name, "name", read_lease_name);
  map.into(coordination.name_space, "namespace", read_namespace);
  LeaseTiming& timing = coordination.timing;
  map.into(timing.duration, "duration", read_lease_duration);
  map.into(timing.renew_deadline, "renewDeadline", read_duration, limits::kMinLeaseRetry,
           limits::kMaxLease);
  map.into(timing.retry_period, "retryPeriod", read_duration, limits::kMinLeaseRetry,
           limits::kMaxLease);
  const std::string conflict = conflict_in(timing);
  if (conflict.empty()) return;
  for (const std::string_view key : {"renewDeadline", "retryPeriod", "duration"}) {
    if (!map.has(key)) continue;
    map.problem(key, conflict);
    return;
  }
}

void read_kubernetes(const MapReader& map, CoordinationSettings& coordination) {
  map.into(coordination.server, "server", read_origin);
  map.into(coordination.ca_file, "caFile", read_path);
  map.into(coordination.token_file, "tokenFile", read_path);
  if (!map.has("server")) {
    map.missing("server",
                "the address of the Kubernetes API, https://host:port; in a pod, leave "
                "out the whole of kubernetes:");
  }
  if (!map.has("tokenFile")) {
    map.missing("tokenFile", "the file with the bearer token for the Kubernetes API");
  }
}

}  // namespace

void read_coordination(const MapReader& map, CoordinationSettings& coordination) {
  coordination.enabled = true;
  bool names_namespace = false;
  map.get("lease", [&](const Value& value) -> std::optional<bool> {
    const MapReader lease(value, keys::kLease, settings_advice);
    if (lease.is_map()) read_lease(lease, coordination);
    names_namespace = lease.has("namespace");
    return true;
  });
  map.get("kubernetes", [&](const Value& value) -> std::optional<bool> {
    const MapReader kubernetes(value, keys::kKubernetes, settings_advice);
    if (!kubernetes.is_map()) return true;
    read_kubernetes(kubernetes, coordination);
    if (kubernetes.has("server") && !names_namespace) {
      kubernetes.problem("server",
                         "outside a pod the namespace of the Lease is not known: set "
                         "coordination.lease.namespace");
    }
    return true;
  });
  if (!map.has("lease")) {
    map.missing("lease", "the Lease for the leader election; lease: {} uses the defaults");
  }
}

}  // namespace defenderd
