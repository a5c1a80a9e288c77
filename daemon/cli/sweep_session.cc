#include "cli/sweep_session.h"

#include <cstdio>
#include <utility>

#include "app/default_tenant.h"
#include "app/resolve_once.h"
#include "app/safety_rules.h"
#include "app/state.h"
#include "app/state_sections.h"
#include "base/scrub.h"
#include "base/text.h"
#include "cli/complain.h"
#include "cli/load_files.h"
#include "cli/sweep_counts.h"
#include "core/scope.h"
#include "telemetry/coverage_memory.h"

namespace defenderd {

namespace {

constexpr const char* kStateOfCluster =
    "the replicas keep their state in the cluster, which is not read here";

// For a session that only reads.
StateSection left_scope_section(CoverageMemory& memory) {
  StateSection section;
  section.name = kCoverageSection;
  section.revision = [] { return StateSection::Revision(); };
  section.write = [] { return std::string(); };
  section.read = [&memory](std::string_view text, WallTime) -> Result<Done> {
    auto read = parse_coverage_section(text);
    if (!read) return Unexpected(read.error());
    memory = *std::move(read);
    return Done{};
  };
  return section;
}

}  // namespace

SweepSession::SweepSession(const CommandLine& line, Environment environment)
    : line_(line),
      environment_(std::move(environment)),
      log_(LogLevel::Warn, LogFormat::Text, clock_, standard_outlets().error),
      progress_(stderr, terminal_.shows_errors && !environment_.no_color, clock_) {}

std::unique_ptr<SweepSession> SweepSession::open(const CommandLine& line,
                                                 const SignalSet& signals) {
  auto loaded = load_files(line, signals);
  if (!loaded) return nullptr;
  std::unique_ptr<SweepSession> session(new SweepSession(line, read_environment()));
  session->settings_ = std::move(loaded->settings);
  session->freezes_.set_declared(session->settings_.safety.freezes);
  session->declared_ = std::move(loaded->desired);
  auto azure = AzureStack::create(session->settings_, session->environment_, session->clock_, {});
  if (!azure) {
    complain(azure.error().message);
    return nullptr;
  }
  session->azure_ = *std::move(azure);
  return session;
}

Layout SweepSession::layout() const {
  return {terminal_.width, terminal_.shows_output && !environment_.no_color};
}

FleetSweep::Options SweepSession::sweep_options() {
  FleetSweep::Options options;
  options.permit = line_.permit.unless_frozen(freezes_);
  options.plan_only = true;
  options.poll = settings_.poll;
  options.safety = safety_rules(settings_);
  if (!line_.confirm.empty()) options.safety.confirm = line_.confirm;
  options.gate = [this](const Lane& lane) { return azure_->throttle().ready_at(lane); };
  options.progress = [this](std::size_t done, std::size_t of) { progress_.show(done, of); };
  return options;
}

Result<SweepSession::Plan> SweepSession::make_plan(const std::stop_token& stop) {
  Plan plan;
  const auto own_tenant = default_tenant(settings_.azure, environment_);
  forget_default_tenant(declared_.scopes, own_tenant);
  plan.not_listed = tenants_of(declared_, own_tenant);
  for (const Scope& scope : declared_.scopes) plan.not_listed.erase(scope.declares.tenant);
  auto resolved = resolve_once(std::move(declared_), own_tenant, azure_->visible(), stop);
  if (!resolved) return Unexpected(resolved.error());
  plan.resolution = *std::move(resolved);
  plan.desired = std::exchange(plan.resolution.effective, {});
  if (plan.desired.subscriptions.empty()) return plan;
  auto selected = select(line_.selection, plan.desired);
  if (!selected) return Unexpected(selected.error());
  plan.selected = *std::move(selected);
  auto store = open_state(settings_, true);
  if (!store) return Unexpected(store.error());
  FleetSweep::Options options = sweep_options();
  options.selected = plan.selected;
  FleetSweep sweep(azure_->plans(), clock_, plan.desired, std::move(options));
  OpenWrites open(clock_);
  std::vector<StateSection> sections = state_sections(sweep, open);
  CoverageMemory coverage;
  sections.push_back(left_scope_section(coverage));
  StateKeeper state(*std::move(store), clock_, log_, std::move(sections), {.read_only = true});
  plan.state_problem = state.load();
  if (settings_.coordination.enabled) plan.state_problem = kStateOfCluster;
  sweep.recall(open.earlier());
  plan.left_scope = std::move(coverage.left);
  std::set<SubscriptionId> declared;
  for (const Declaration& declaration : plan.desired.subscriptions)
    declared.insert(declaration->id);
  std::erase_if(plan.left_scope, [&](const CoverageRow& row) { return declared.contains(row.id); });
  plan.code_was_used = sweep.safety().is_spent(line_.confirm);
  plan.result = sweep.run(stop);
  plan.code_fits = !plan.code_was_used && sweep.safety().is_spent(line_.confirm);
  progress_.clear();
  return plan;
}

void SweepSession::list_unmanaged(Plan& plan, const std::stop_token& stop) {
  std::vector<UncoveredSubscription>& uncovered = plan.resolution.uncovered;
  std::set<SubscriptionId> known;
  for (const Declaration& one : plan.desired.subscriptions) known.insert(one->id);
  for (const UncoveredSubscription& one : uncovered) known.insert(one.id);
  for (const auto& tenant : plan.not_listed) {
    const auto listed = azure_->visible().list(tenant, false, stop);
    if (stop.stop_requested()) return;
    if (!listed) {
      plan.unlisted.push_back((tenant ? "in the tenant " + tenant->text() + ": " : "") +
                              listed.error().message);
      continue;
    }
    for (const DiscoveredSubscription& seen : listed->subscriptions) {
      if (!known.insert(seen.id).second) continue;
      uncovered.push_back({.id = seen.id,
                           .name = printable(seen.name),
                           .home = seen.home,
                           .state = seen.state,
                           .listed_in = tenant});
    }
  }
}

std::vector<StateSection> SweepSession::state_sections(FleetSweep& sweep, OpenWrites& open) {
  return {safety_section(sweep.safety(), settings_, clock_), obeyed_freezes_section(freezes_),
          open.section()};
}

void SweepSession::recall_open_writes(FleetSweep& sweep) {
  auto store = open_state(settings_, true);
  if (!store) return;
  OpenWrites open(clock_);
  StateKeeper state(*std::move(store), clock_, log_, {open.section()}, {.read_only = true});
  state.load();
  sweep.recall(open.earlier());
}

bool print_report(const std::string& text) {
  return std::fputs(text.c_str(), stdout) >= 0 && std::fflush(stdout) == 0;
}

std::optional<int> complain_of_silence(const SweepResult& result) {
  if (result.given_up.empty()) return std::nullopt;
  const SweepCounts counts = count(result);
  return fail(kExitPartly, "Azure cannot be reached; gave up after " +
                               std::to_string(counts.subscriptions - counts.not_reached) + " of " +
                               subscriptions_text(counts.subscriptions) + ": " + result.given_up);
}

std::optional<int> complain_about(const SweepSession::Plan& plan, const CommandLine& line) {
  if (!line.confirm.empty() && !plan.result.confirm_code.empty()) {
    complain("--confirm " + quoted_value(line.confirm) +
             (plan.code_was_used ? " was already used" : " is for other changes") +
             "; the changes held now have the code " + plan.result.confirm_code);
  }
  for (const ScopeConflict& conflict : plan.resolution.conflicts) complain(text_of(conflict));
  for (const ScopeMatches& scope : plan.resolution.scopes) {
    if (scope.subscriptions == 0) {
      complain(scope.text +
               " covers no subscription: " + why_scopes_are_empty(plan.resolution.visible));
    }
  }
  // Without scopes, a desired state has a subscription.
  if (plan.result.subscriptions.empty())
    return fail(kExitError, "the scopes cover no subscription");
  if (!plan.resolution.conflicts.empty()) return kExitError;
  return std::nullopt;
}

}  // namespace defenderd
