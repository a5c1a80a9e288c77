// What the parts cost by themselves, that a sweep, a scrape and a reload are made of.

#include <benchmark/benchmark.h>

#include <string>
#include <vector>

#include "arm/arm_client.h"
#include "arm/graph_pricings.h"
#include "arm/pricing_codec.h"
#include "arm/throttle.h"
#include "core/diff.h"
#include "desired/read_desired.h"
#include "identity/token_cache.h"
#include "reconcile/work_queue.h"
#include "support/ids.h"
#include "telemetry/exposition.h"
#include "telemetry/state_metrics.h"
#include "telemetry/status_board.h"
#include "telemetry/subscription_metrics.h"

namespace defenderd {
namespace {

constexpr std::string_view kAnswer = R"({"id":"/subscriptions/00000000-0000-4000-8000-000000000000)"
                                     R"(/providers/Microsoft.Security/pricings/AI","name":"AI",)"
                                     R"("type":"Microsoft.Security/pricings","properties":{)"
                                     R"("pricingTier":"Standard","freeTrialRemainingTime":"PT0S",)"
                                     R"("enablementTime":"2026-01-01T00:00:00.1234567Z",)"
                                     R"("resourcesCoverageStatus":"FullyCovered","extensions":[)"
                                     R"({"name":"AIPromptEvidence","isEnabled":"True",)"
                                     R"("operationStatus":{"code":"Succeeded","message":)"
                                     R"("Successfully enabled extension"}},)"
                                     R"({"name":"AIPromptSharingWithPurview","isEnabled":"False",)"
                                     R"("operationStatus":{"code":"Succeeded","message":)"
                                     R"("Successfully disabled extension"}},)"
                                     R"({"name":"AIModelScanner","isEnabled":"False"}]}})";

SubscriptionId id_of(std::size_t n) { return subscription_id(n); }

std::string desired_text(std::size_t count) {
  std::string text =
      "apiVersion: defenderd/v1\nkind: DesiredState\n"
      "defaults: {plan: on, promptEvidence: on, mode: enforce}\nsubscriptions:\n";
  for (std::size_t n = 0; n < count; ++n) {
    text += "  - id: " + id_of(n).text() + "\n    name: team-service-" + std::to_string(n) +
            "\n    owner: team conversations\n";
  }
  return text;
}

DesiredState desired_state(std::size_t count) {
  const std::string text = desired_text(count);
  return *read_desired({{"desired.yaml", text}});
}

void pricing_is_decoded(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(decode_pricing(kAnswer));
}
BENCHMARK(pricing_is_decoded);

void pricing_is_encoded(benchmark::State& state) {
  const Pricing pricing = decode_pricing(kAnswer)->pricing;
  for (auto _ : state) benchmark::DoNotOptimize(encode_pricing(pricing));
}
BENCHMARK(pricing_is_encoded);

// Answers every request with the same page.
class OnePage final : public Transport {
 public:
  explicit OnePage(std::string body) : body_(std::move(body)) {}
  Result<HttpResponse, TransportError> send(const HttpRequest& /*request*/,
                                            std::stop_token /*stop*/) override {
    return HttpResponse{200, {}, body_};
  }

 private:
  const std::string body_;
};

class OneToken final : public TokenSource {
  ArmResult<AccessToken> fetch(const std::optional<TenantId>& /*tenant*/,
                               std::stop_token /*stop*/) override {
    return AccessToken{Secret("token"), WallTime::max()};
  }
};

std::string graph_page(std::size_t rows) {
  std::string text = R"({"totalRecords":)" + std::to_string(rows) + R"(,"count":)" +
                     std::to_string(rows) + R"(,"resultTruncated":"false","facets":[],"data":[)";
  for (std::size_t n = 0; n < rows; ++n) {
    text += n > 0 ? "," : "";
    text += R"({"id":"/subscriptions/)" + id_of(n).text() +
            R"(/providers/Microsoft.Security/pricings/AI","tier":"Standard","extensions":[)"
            R"({"name":"AIPromptEvidence","isEnabled":"True","operationStatus":)"
            R"({"code":"Succeeded","message":"Successfully enabled extension"}},)"
            R"({"name":"AIPromptSharingWithPurview","isEnabled":"False","operationStatus":)"
            R"({"code":"Succeeded","message":"Successfully disabled extension"}},)"
            R"({"name":"AIModelScanner","isEnabled":"False"}]})";
  }
  return text + "]}";
}

// A page of the graph with so many plans, from the request to the plans.
void graph_page_is_read(benchmark::State& state) {
  const auto rows = static_cast<std::size_t>(state.range(0));
  SystemClock clock;
  OnePage transport(graph_page(rows));
  OneToken source;
  TokenCache tokens(source, clock, {});
  Throttle throttle(clock, {1e6, 1e6});
  ArmClient arm(transport, tokens, throttle, clock, {},
                {{true, "management.azure.com", 443}, "bench"});
  GraphClient graph(arm, clock);
  GraphPricings pricings(graph);
  std::vector<SubscriptionId> ids;
  for (std::size_t n = 0; n < rows; ++n) ids.push_back(id_of(n));
  for (auto _ : state) {
    const auto plans = pricings.read(std::nullopt, ids, {});
    if (!plans || plans->size() != rows) state.SkipWithError("the page was not read");
  }
}
BENCHMARK(graph_page_is_read)->Arg(100)->Arg(1000)->Unit(benchmark::kMicrosecond);

void nothing_differs(benchmark::State& state) {
  const DesiredSubscription desired = desired_state(1).subscriptions.front();
  const Pricing observed = decode_pricing(kAnswer)->pricing;
  for (auto _ : state) benchmark::DoNotOptimize(diff(desired, observed));
}
BENCHMARK(nothing_differs);

void everything_differs(benchmark::State& state) {
  const DesiredSubscription desired = desired_state(1).subscriptions.front();
  const Pricing observed;
  for (auto _ : state) benchmark::DoNotOptimize(diff(desired, observed));
}
BENCHMARK(everything_differs);

void desired_state_is_read(benchmark::State& state) {
  const std::vector<NamedText> files{
      {"desired.yaml", desired_text(static_cast<std::size_t>(state.range(0)))}};
  for (auto _ : state) benchmark::DoNotOptimize(read_desired(files));
  state.SetComplexityN(state.range(0));
}
BENCHMARK(desired_state_is_read)
    ->Arg(100)
    ->Arg(1000)
    ->Arg(10'000)
    ->Unit(benchmark::kMillisecond)
    ->Complexity();

void metrics_are_written(benchmark::State& state) {
  StatusBoard board;
  const WallTime now = SystemClock().wall_now();
  const DesiredState desired = desired_state(static_cast<std::size_t>(state.range(0)));
  board.set_desired(desired, now);
  Outcome outcome;
  outcome.result = ReconcileResult::InSync;
  outcome.state = State::InSync;
  outcome.observed = decode_pricing(kAnswer)->pricing;
  for (const DesiredSubscription& subscription : desired.subscriptions) {
    outcome.desired = subscription;
    board.record(outcome, now, now, 0);
  }
  for (auto _ : state) {
    Exposition out(ExpositionFormat::Prometheus);
    const StatusSnapshot snapshot = board.snapshot();
    write_state_metrics(out, snapshot, now);
    write_subscription_metrics(out, snapshot, FindingsSnapshot(), SubscriptionSeries::All);
    benchmark::DoNotOptimize(out.finish());
  }
  state.SetComplexityN(state.range(0));
}
BENCHMARK(metrics_are_written)
    ->Arg(100)
    ->Arg(1000)
    ->Arg(10'000)
    ->Unit(benchmark::kMillisecond)
    ->Complexity();

// One subscription is taken from a queue of so many, and comes back behind them.
void queue_turns(benchmark::State& state) {
  WorkQueue queue([](const Lane& /*lane*/) { return SteadyTime(); });
  SteadyTime now{};
  for (std::int64_t n = 0; n < state.range(0); ++n) {
    queue.add(id_of(static_cast<std::size_t>(n)), std::nullopt, now + std::chrono::seconds(n));
  }
  for (auto _ : state) {
    now += std::chrono::seconds(1);
    const auto id = queue.try_pop(now);
    if (id) queue.done(*id, now + std::chrono::seconds(state.range(0)));
  }
}
BENCHMARK(queue_turns)->Arg(100)->Arg(10'000)->Arg(100'000);

}  // namespace
}  // namespace defenderd
