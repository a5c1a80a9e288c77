#include "cli/check_summary.h"

#include <string_view>

#include "cli/acceptances.h"
#include "core/scope.h"

namespace defenderd {
namespace {

void count(const DesiredSubscription& declared, WallTime now, CheckSummary::Declared& counts,
           CheckSummary::Ending& suspensions) {
  ++(declared.mode == Mode::Enforce ? counts.enforce : counts.observe);
  ++(declared.plan ? counts.plan_on : counts.plan_off);
  if (!declared.suspend) return;
  ++suspensions.all;
  if (declared.suspend->until <= now) ++suspensions.expired;
}

std::string line_of(std::string_view what, const CheckSummary::Declared& counts) {
  if (counts.enforce + counts.observe == 0) return {};
  return "  " + std::string(what) + ": " + std::to_string(counts.enforce) + " enforce, " +
         std::to_string(counts.observe) + " observe; plan on for " +
         std::to_string(counts.plan_on) + ", off for " + std::to_string(counts.plan_off) + "\n";
}

std::string line_of(std::string_view what, const CheckSummary::Ending& counts) {
  if (counts.all == 0) return {};
  const std::string expired = " (" + std::to_string(counts.expired) + " expired)";
  return "  " + std::string(what) + ": " + std::to_string(counts.all) +
         (counts.expired == 0 ? "" : expired) + "\n";
}

std::string lines_of(const std::map<int, CheckSummary::InWave>& waves) {
  if (waves.size() <= 1 && (waves.empty() || waves.contains(0))) return {};
  std::string text;
  for (const auto& [wave, in] : waves)
    text +=
        "  wave " + std::to_string(wave) + ": " + count_text(in.subscriptions, in.scopes) + "\n";
  return text;
}

void write(JsonWriter& json, std::string_view name, const CheckSummary::Declared& counts) {
  json.key(name);
  json.begin_object();
  json.member("enforce", counts.enforce);
  json.member("observe", counts.observe);
  json.member("planOn", counts.plan_on);
  json.member("planOff", counts.plan_off);
  json.end_object();
}

void write(JsonWriter& json, std::string_view name, const CheckSummary::Ending& counts) {
  json.key(name);
  json.begin_object();
  json.member("all", counts.all);
  json.member("expired", counts.expired);
  json.end_object();
}

}  // namespace

CheckSummary summary_of(const DesiredState& desired, WallTime now) {
  CheckSummary summary;
  for (const Declaration& declared : desired.subscriptions) {
    count(*declared, now, summary.subscriptions, summary.suspensions);
    ++summary.waves[declared->wave].subscriptions;
  }
  for (const Scope& scope : desired.scopes) {
    count(scope.declares, now, summary.scopes, summary.suspensions);
    ++summary.waves[scope.declares.wave].scopes;
  }
  for (const Acceptance& acceptance : acceptances_of(desired)) {
    ++summary.accepted.all;
    if (acceptance.accepted.until <= now) ++summary.accepted.expired;
  }
  return summary;
}

std::string as_text(const CheckSummary& summary) {
  return line_of("subscriptions", summary.subscriptions) + line_of("scopes", summary.scopes) +
         line_of("accepted findings", summary.accepted) +
         line_of("suspensions", summary.suspensions) + lines_of(summary.waves);
}

void write_summary(JsonWriter& json, const CheckSummary& summary) {
  json.begin_object();
  write(json, "subscriptions", summary.subscriptions);
  write(json, "scopes", summary.scopes);
  write(json, "acceptedFindings", summary.accepted);
  write(json, "suspensions", summary.suspensions);
  json.key("waves");
  json.begin_array();
  for (const auto& [wave, in] : summary.waves) {
    json.begin_object();
    json.member("wave", wave);
    json.member("subscriptions", in.subscriptions);
    json.member("scopes", in.scopes);
    json.end_object();
  }
  json.end_array();
  json.end_object();
}

}  // namespace defenderd
