#pragma once
// An exposition in which every family has samples, with names that need escaping.

#include <memory>
#include <string>

#include "telemetry/metrics.h"
#include "telemetry/samples.h"

namespace defenderd::samples {

inline std::string full_exposition(ExpositionFormat format) {
  StatusBoard board;
  CoverageBoard coverage;
  CoverageSnapshot seen;
  seen.by_scope = {{"prod", "scope prod desired.yaml:5 (tags env=prod)", 3}};
  seen.known = true;
  seen.undeclared = 2;
  seen.last_good = true;
  seen.last_success = at(3);
  coverage.set(seen);
  auto findings = std::make_shared<FindingsSnapshot>();
  findings->last_round = at(4);
  findings->accounts = {5, 1, 1, 1};
  findings->count = {1, 0, 0, 0, 0};
  Finding finding;
  finding.subscription = subscription_id(2);
  finding.subscription_name = "quoted \"name\" \\ \n \xC3\xA9";
  findings->findings = {finding};
  Metrics::Options options{
      .series = SubscriptionSeries::All, .version = "1.2.3", .revision = "abc"};
  options.findings = [&findings] { return findings; };
  Metrics metrics(board, coverage, options);
  metrics.watch_leadership(
      [] { return LeadershipStatus{.leads = true, .may_write = true, .since = at(2)}; });
  const auto tenant = TenantId::parse("1b2c3d4e-5f60-4718-8293-a4b5c6d7e8f9");
  DesiredSubscription elsewhere = declared(2, "quoted \"name\" \\ \n \xC3\xA9");
  elsewhere.tenant = tenant;
  board.set_desired(state_of({declared(1), elsewhere, declared(3)}), at(0));
  Outcome in_trial = corrected(1);
  in_trial.observed->free_trial_remaining = "P10D";
  for (const Outcome& outcome : {in_trial, withheld(2, Reason::ObserveMode)}) {
    board.record(outcome, at(1), at(6), 0);
    metrics.reconciled(outcome, std::chrono::milliseconds(250));
  }
  metrics.reconciled(failed(3, Reason::Forbidden, 403), std::chrono::milliseconds(250));
  metrics.arm_answered(ArmOperation::Read, 200, std::chrono::milliseconds(40));
  metrics.arm_silent(ArmOperation::Write, ArmSilence::Timeout, std::chrono::seconds(90));
  metrics.rate_limit_remaining("x-ms-ratelimit-remaining-subscription-resource-requests", 749);
  metrics.token_expires(std::nullopt, at(60));
  metrics.token_expires(tenant, at(60));
  metrics.credential_expires("client_certificate", at(90));
  metrics.config_reloaded(true, at(0));
  metrics.config_hash("settings", "0123456789abcdef");
  metrics.config_hash("desired", "fedcba9876543210");
  metrics.watch_freezes([] {
    return std::vector<FreezeStatus>{
        {.freeze = {.reason = "incident"}, .in_force = true, .since = at(2)}};
  });
  metrics.sweep_completed(at(2));
  return metrics.render(format);
}

}  // namespace defenderd::samples
