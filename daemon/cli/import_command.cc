#include "cli/import_command.h"

#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "app/azure_stack.h"
#include "app/default_tenant.h"
#include "app/environment.h"
#include "base/scrub.h"
#include "base/text.h"
#include "base/with_count.h"
#include "cli/complain.h"
#include "cli/findings_report.h"
#include "cli/fleet_sweep.h"
#include "cli/import_yaml.h"
#include "cli/inspect_fleet.h"
#include "cli/load_files.h"
#include "cli/new_file.h"
#include "cli/process.h"
#include "cli/progress.h"
#include "cli/sweep_counts.h"
#include "core/scope.h"
#include "desired/config.h"

namespace defenderd {
namespace {

constexpr int kGood = 0;
constexpr int kError = 2;

int failed(const std::string& message) { return fail(kError, message); }

// A desired state that makes the daemon's sweep read each. Its declarations are not used.
DesiredState to_observe(const std::vector<ListedSubscription>& listed,
                        const std::optional<TenantId>& tenant) {
  DesiredState desired;
  for (const ListedSubscription& entry : listed) {
    DesiredSubscription subscription;
    subscription.id = entry.id;
    subscription.tenant = tenant;
    subscription.mode = Mode::Observe;
    desired.subscriptions.emplace_back(std::move(subscription));
  }
  return desired;
}

struct Import {
  Result<std::vector<ImportedSubscription>> subscriptions = std::vector<ImportedSubscription>();
  std::size_t not_inspected = 0;  // whose AI accounts could not be listed
  bool stopped = false;
};

// Returns of how many that could be read the accounts could not be listed.
std::size_t add_accounts(AzureStack& azure, const std::optional<TenantId>& tenant,
                         std::vector<ImportedSubscription>& imported, const std::stop_token& stop) {
  std::vector<SubscriptionId> ids;
  ids.reserve(imported.size());
  for (const ImportedSubscription& subscription : imported) ids.push_back(subscription.listed.id);
  const auto counts = count_accounts(azure, tenant, ids, stop);
  std::size_t unknown = 0;
  for (ImportedSubscription& subscription : imported) {
    const auto count = counts.find(subscription.listed.id);
    if (count != counts.end()) subscription.accounts = count->second;
    unknown += subscription.observed && !subscription.accounts ? 1 : 0;
  }
  return unknown;
}

Import import_all(AzureStack& azure, const PollSettings& poll, const FindingSettings& findings,
                  const std::optional<TenantId>& tenant, Clock& clock, ProgressLine& progress,
                  const std::stop_token& stop) {
  auto listed = azure.subscriptions().all(tenant, stop);
  if (!listed) {
    return {.subscriptions = Unexpected(Error{listed.error().message}),
            .stopped = stop.stop_requested()};
  }
  std::erase_if(*listed, [](const auto& entry) { return iequals(entry.state, "Deleted"); });
  if (listed->empty()) {
    return {.subscriptions =
                Unexpected(Error{advice_for_no_visibility(", or set their tenant with --tenant")})};
  }
  FleetSweep::Options options;
  options.plan_only = true;
  options.poll = poll;
  options.gate = [&azure](const Lane& lane) { return azure.throttle().ready_at(lane); };
  options.progress = [&](std::size_t done, std::size_t of) { progress.show(done, of); };
  FleetSweep sweep(azure.plans(), clock, to_observe(*listed, tenant), std::move(options));
  SweepResult swept = sweep.run(stop);
  std::vector<ImportedSubscription> result;
  for (std::size_t i = 0; i < listed->size(); ++i) {
    Outcome& outcome = swept.subscriptions[i].outcome;
    std::string why = std::string(to_text(outcome.reason)) + ": " + outcome.message;
    result.push_back({std::move((*listed)[i]), std::move(outcome.observed), std::move(why)});
  }
  const std::size_t not_inspected =
      findings.enabled && !swept.stopped ? add_accounts(azure, tenant, result, stop) : 0;
  return {std::move(result), not_inspected, swept.stopped || stop.stop_requested()};
}

int write(const CommandLine& line, const ImportedState& state, std::size_t not_inspected) {
  if (line.output_file.empty()) {
    if (std::fputs(state.yaml.c_str(), stdout) < 0 || std::fflush(stdout) != 0) {
      return failed("cannot write to standard output");
    }
  } else if (auto written = write_new_file(line.output_file, state.yaml); !written) {
    return failed(written.error().message);
  }
  std::string summary =
      "defenderd: imported " + with_count(state.taken, "subscription", "subscriptions");
  if (state.left_out > 0) {
    summary += "; " + with_count(state.left_out,
                                 "could not be read and is listed as a comment that says why",
                                 "could not be read and are listed as comments that say why");
  }
  if (state.with_accounts > 0) {
    summary += ". " + accounts_text(state.accounts, state.with_accounts, state.without_accounts);
  }
  if (not_inspected > 0)
    summary += ". The AI accounts of " + subscriptions_text(not_inspected) + " could not be listed";
  std::fputs((summary + "\n").c_str(), stderr);
  return kGood;
}

}  // namespace

int import_subscriptions(const CommandLine& line) {
  const SignalSet signals;  // before any thread starts
  std::optional<TenantId> tenant;
  if (!line.tenant.empty()) {
    tenant = TenantId::parse(line.tenant);
    if (!tenant) return failed("--tenant: expected a GUID, found " + hidden_value(line.tenant));
  }
  std::error_code ignored;
  if (!line.output_file.empty() && std::filesystem::exists(line.output_file, ignored)) {
    return failed(shown_path(line.output_file) +
                  " already exists, not overwritten; use another name for -o, or move it away");
  }
  auto settings = load_settings_of(line);
  if (!settings) return failed(settings.error().message);
  const Environment environment = read_environment();
  SystemClock clock;
  auto azure = AzureStack::create(*settings, environment, clock, {});
  if (!azure) return failed(azure.error().message);
  ProgressLine progress(stderr, isatty(STDERR_FILENO) == 1 && !environment.no_color, clock);
  Import import;
  const auto work = [&](const std::stop_token& stop) {
    import = import_all(**azure, settings->poll, settings->findings, tenant, clock, progress, stop);
  };
  run_until_signal(signals, work, {.stopping = kStopping});
  signals.release();
  progress.clear();
  if (import.stopped) return fail(kExitInterrupted, "stopped by a signal; nothing was written");
  if (!import.subscriptions) return failed(import.subscriptions.error().message);
  if (!tenant) tenant = default_tenant(settings->azure, environment);
  auto state = import_state(*std::move(import.subscriptions), line.mode, tenant);
  if (!state) return failed(state.error().message);
  return write(line, *state, import.not_inspected);
}

}  // namespace defenderd
