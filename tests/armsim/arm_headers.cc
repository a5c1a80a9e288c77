#include "armsim/arm_headers.h"

#include <algorithm>
#include <string>

#include "base/text.h"
#include "base/time_text.h"

namespace armsim {
namespace {

// Recorded: the first answer of a window says one less than its 750 reads or 250 writes. The
// window's length is not public.
constexpr double kReadsPerWindow = 750;
constexpr double kWritesPerWindow = 250;
constexpr auto kWindow = std::chrono::minutes(5);

int count_down(Stored::Level& window, double size, TimePoint now) {
  if (window.as_of == TimePoint{} || now - window.as_of >= kWindow) {
    window = {size, now};
  }
  window.left = std::max(0.0, window.left - 1);
  return static_cast<int>(window.left);
}

// Each resource provider counts for itself.
template <class BudgetOrConst>
auto& window_of(BudgetOrConst& budget, Operation operation) {
  if (is_ai_read(operation)) return budget.ai_window;
  const bool writes = operation == Operation::Write || operation == Operation::Register;
  return writes ? budget.write_window : budget.read_window;
}

void add(HttpAnswer& answer, const std::string& name, const std::string& value) {
  if (!answer.header(name)) answer.headers.emplace_back(name, value);
}

void add_budget(Core& core, const Exchange& exchange, HttpAnswer& answer) {
  Stored* const stored = core.find(exchange.route.subscription);
  const Operation operation = exchange.route.operation;
  if (stored == nullptr) return;
  const bool writes = operation == Operation::Write;
  const bool reads =
      operation == Operation::Read || operation == Operation::List || is_ai_read(operation);
  if (!writes && !reads) return;
  const int left = count_down(window_of(stored->budgets[exchange.caller], operation),
                              writes ? kWritesPerWindow : kReadsPerWindow, core.now());
  add(answer, "x-ms-ratelimit-remaining-subscription-resource-requests", std::to_string(left));
  const Behaviour& behaviour = core.options.behaviour;
  if ((writes ? behaviour.write_bucket : behaviour.read_bucket).burst <= 0) return;
  add(answer,
      writes ? "x-ms-ratelimit-remaining-subscription-writes"
             : "x-ms-ratelimit-remaining-subscription-reads",
      std::to_string(static_cast<int>(core.bucket(*stored, exchange, writes).left)));
}

// "20260101T000000Z"
std::string compact_time(TimePoint time) {
  std::string text = defenderd::format_rfc3339(time).substr(0, 19) + "Z";
  std::erase_if(text, [](char c) { return c == '-' || c == ':'; });
  return text;
}

}  // namespace

std::chrono::seconds budget_closed_for(const Stored::Budget& budget, Operation operation,
                                       TimePoint now) {
  const Stored::Level& window = window_of(budget, operation);
  const bool is_open = window.as_of == TimePoint{} || now - window.as_of >= kWindow;
  if (is_open || window.left >= 1) return std::chrono::seconds(0);
  return std::chrono::ceil<std::chrono::seconds>(window.as_of + kWindow - now);
}

void add_headers(Core& core, const Exchange& exchange, HttpAnswer& answer) {
  add(answer, "x-ms-request-id", core.new_guid());
  add(answer, "Cache-Control", "no-cache");
  add(answer, "Strict-Transport-Security", "max-age=31536000; includeSubDomains");
  add(answer, "X-Content-Type-Options", "nosniff");
  if (exchange.route.operation == Operation::Token) {
    if (const auto id = exchange.request.header("client-request-id"))
      add(answer, "client-request-id", *id);
    return;
  }
  if (exchange.route.operation == Operation::Discovery) return;
  add(answer, "x-ms-correlation-request-id", exchange.correlation);
  add(answer, "x-ms-routing-request-id",
      "WESTEUROPE:" + compact_time(core.now()) + ":" + core.new_guid());
  const auto id = exchange.request.header("x-ms-client-request-id");
  const auto echo = exchange.request.header("x-ms-return-client-request-id");
  if (id && echo && defenderd::iequals(*echo, "true")) add(answer, "x-ms-client-request-id", *id);
  if (answer.status < 400) add_budget(core, exchange, answer);
}

}  // namespace armsim
