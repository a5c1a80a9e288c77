#include "desired/read_settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>

#include "base/time_text.h"
#include "desired/config.h"
#include "desired/time_zones.h"

namespace defenderd {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

Settings read(const std::string& rest) {
  auto settings = read_settings("apiVersion: defenderd/v1\nkind: Settings\n" + rest, "s.yaml");
  EXPECT_TRUE(settings) << format(settings.error());
  return settings ? *settings : Settings{};
}

TEST(ReadSettings, NeedsNothingButItsHead) {
  Settings settings = read("");
  EXPECT_THAT(settings.hash, testing::MatchesRegex("[0-9a-f]{16}"));
  settings.hash.clear();
  EXPECT_EQ(settings, Settings{});
}

TEST(ReadSettings, TheFullIntervalIsNeverShorterThanTheInterval) {
  EXPECT_EQ(read("").poll.full_interval, hours(1));
  EXPECT_EQ(read("poll: {interval: 3h}\n").poll.full_interval, hours(3));
  EXPECT_EQ(read("poll: {interval: 3h, fullInterval: 4h}\n").poll.full_interval, hours(4));
}

TEST(ReadSettings, GivesEveryField) {
  Settings settings = read(
      R"(poll: {interval: 10m, strategy: resourceGraph, fullInterval: 2h, jitter: 2.5%, workers: 32, retry: {min: 1s, max: 1h}}
azure:
  cloud: AzureUSGovernment
  tenantId: 1b2c3d4e-5f60-4718-8293-a4b5c6d7e8f9
  auth:
    method: clientSecret
    clientId: 0C6D7E0E-6A3B-4A53-8D5F-2F3C9D4B8E22
    clientSecretFile: /run/secrets/azure
    certificateFile: /run/secrets/azure.pem
  registerProvider: on
  activityLog: yes
  activityLogAddresses: on
  endpoints:
    resourceManager: https://management.example.com:8443/
    authority: https://login.example.com
    audience: https://management.example.com/x/
    caFile: /etc/ca.pem
  timeouts: {connect: 2s, request: 30s}
  budget: {readsPerSecond: 2.5, writesPerSecond: 1}
safety:
  maxDisablesPerSweep: 0
  maxEnablesPerSweep: 10
  confirm: 12345678
  contestedAfter: {corrections: 5, within: 2h}
  freeze:
    - {reason: incident 4711, by: alice}
    - {from: 2026-12-20T00:00:00Z, until: 2027-01-04T06:00:00Z, reason: year-end, except: enable}
    - reason: no night changes
      weekly: {days: [sat, fri], from: 18:00, for: 12h, timeZone: Europe/Berlin}
      owners: [payments, search]
findings: {enabled: off, interval: 12h, contentFilters: off}
server: {listen: "[::1]:9090", allowedHosts: [defenderd.example.com, "*.corp.example", "[fd00::1]"], lifecycle: on, webConfigFile: /etc/defenderd/web.yaml, openProbes: off, perSubscriptionMetrics: different}
journal: {file: "-"}
state: {file: /var/lib/defenderd/state.json}
log: {level: debug, format: text, ids: on}
)");
  settings.hash.clear();
  const Settings expected{
      .poll = {.interval = minutes(10),
               .strategy = PollStrategy::ResourceGraph,
               .full_interval = hours(2),
               .jitter = 0.025,
               .workers = 32,
               .retry_min = seconds(1),
               .retry_max = hours(1)},
      .azure = {.cloud = "AzureUSGovernment",
                .tenant = TenantId::parse("1b2c3d4e-5f60-4718-8293-a4b5c6d7e8f9"),
                .auth = {.method = AuthMethod::ClientSecret,
                         .client_id = "0c6d7e0e-6a3b-4a53-8d5f-2f3c9d4b8e22",
                         .client_secret_file = "/run/secrets/azure",
                         .certificate_file = "/run/secrets/azure.pem"},
                .register_provider = true,
                .activity_log = true,
                .activity_log_addresses = true,
                .endpoints = {.resource_manager = "https://management.example.com:8443",
                              .authority = "https://login.example.com",
                              .audience = "https://management.example.com/x/",
                              .ca_file = "/etc/ca.pem"},
                .connect_timeout = seconds(2),
                .request_timeout = seconds(30),
                .reads_per_second = 2.5,
                .writes_per_second = 1},
      .safety = {.max_disables_per_sweep = 0,
                 .max_enables_per_sweep = 10,
                 .enables_count_drift = true,
                 .confirm = "12345678",
                 .contested_corrections = 5,
                 .contested_within = hours(2),
                 .freezes = {{.reason = "incident 4711", .by = "alice", .source = "s.yaml:28"},
                             {.reason = "year-end",
                              .from = parse_rfc3339("2026-12-20T00:00:00Z"),
                              .until = parse_rfc3339("2027-01-04T06:00:00Z"),
                              .except_enable = true,
                              .source = "s.yaml:29"},
                             {.reason = "no night changes",
                              .weekly =
                                  WeeklyWindow{{false, false, false, false, true, true, false},
                                               hours(18),
                                               hours(12),
                                               *find_time_zone("Europe/Berlin")},
                              .owners = {"payments", "search"},
                              .source = "s.yaml:30"}}},
      .findings = {.enabled = false, .interval = hours(12), .content_filters = false},
      .server = {.host = "::1",
                 .port = 9090,
                 .allowed_hosts = {"defenderd.example.com", "*.corp.example", "fd00::1"},
                 .lifecycle = true,
                 .web_config_file = "/etc/defenderd/web.yaml",
                 .open_probes = false,
                 .per_subscription_metrics = SubscriptionSeries::Different},
      .journal_file = "-",
      .state_file = "/var/lib/defenderd/state.json",
      .log = {.level = LogLevel::Debug, .format = LogFormat::Text, .ids = true}};
  EXPECT_EQ(settings, expected);
}

TEST(ReadSettings, ReadsEveryWord) {
  struct Method {
    std::string word;
    AuthMethod value;
  };
  for (const Method& one :
       std::initializer_list<Method>{{"auto", AuthMethod::Auto},
                                     {"clientSecret", AuthMethod::ClientSecret},
                                     {"clientCertificate", AuthMethod::ClientCertificate},
                                     {"workloadIdentity", AuthMethod::WorkloadIdentity},
                                     {"managedIdentity", AuthMethod::ManagedIdentity},
                                     {"azureCli", AuthMethod::AzureCli}}) {
    EXPECT_EQ(read("azure: {auth: {method: " + one.word + "}}").azure.auth.method, one.value);
  }
  EXPECT_EQ(read("azure: {auth: {method: tokenFile, tokenFile: /run/token}}").azure.auth.token_file,
            "/run/token");
  EXPECT_EQ(read("log: {level: info}").log.level, LogLevel::Info);
  EXPECT_EQ(read("log: {level: warn}").log.level, LogLevel::Warn);
  EXPECT_EQ(read("log: {level: error}").log.level, LogLevel::Error);
  EXPECT_EQ(read("log: {format: json}").log.format, LogFormat::Json);
  EXPECT_EQ(read("log: {format: journald}").log.format, LogFormat::Journald);
  struct Series {
    std::string word;
    SubscriptionSeries value;
  };
  for (const Series& one :
       std::initializer_list<Series>{{"all", SubscriptionSeries::All},
                                     {"different", SubscriptionSeries::Different},
                                     {"off", SubscriptionSeries::None},
                                     {"false", SubscriptionSeries::None},
                                     {"on", SubscriptionSeries::All}}) {
    EXPECT_EQ(
        read("server: {perSubscriptionMetrics: " + one.word + "}").server.per_subscription_metrics,
        one.value)
        << one.word;
  }
  EXPECT_EQ(read("azure: {cloud: AzureChinaCloud}").azure.cloud, "AzureChinaCloud");
}

TEST(ReadSettings, ReadsWhereToListen) {
  struct Case {
    std::string listen;
    std::string host;
    int port;
  };
  for (const Case& one : std::initializer_list<Case>{{"0.0.0.0:8080", "0.0.0.0", 8080},
                                                     {"':80'", "0.0.0.0", 80},
                                                     {"localhost:0", "localhost", 0},
                                                     {"'[::]:65535'", "::", 65535}}) {
    const ServerSettings server = read("server: {listen: " + one.listen + "}").server;
    EXPECT_EQ(server.host, one.host) << one.listen;
    EXPECT_EQ(server.port, one.port) << one.listen;
  }
}

TEST(ReadSettings, NamesAManagedIdentityByItsObjectOrItsResource) {
  const std::string auth = "azure: {auth: {managedIdentity: ";
  const std::string object = "6f2b9a52-3f0e-4c83-9a4b-0d9d8c8f3c11";
  const AuthSettings by_object = read(auth + "{objectId: " + object + "}}}").azure.auth;
  EXPECT_EQ(by_object.identity_object_id, object);
  EXPECT_EQ(by_object.identity_resource_id, "");
  const AuthSettings by_resource = read(auth + "{resourceId: /subscriptions/x}}}").azure.auth;
  EXPECT_EQ(by_resource.identity_object_id, "");
  EXPECT_EQ(by_resource.identity_resource_id, "/subscriptions/x");
}

TEST(ReadSettings, NeverShowsASecret) {
  const auto settings = read_settings(
      "apiVersion: defenderd/v1\nkind: Settings\nazure:\n  clientSecret: hunter2\n"
      "  auth: {password: hunter2, Client-Secret: hunter2}\n",
      "s.yaml");
  ASSERT_FALSE(settings);
  EXPECT_EQ(settings.error().size(), 3U);
  EXPECT_THAT(format(settings.error()), testing::Not(testing::HasSubstr("hunter2")));
}

}  // namespace
}  // namespace defenderd
