#pragma once
// Faults to inject: which requests they hit, and what then happens to them.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace armsim {

// The kind of a request. In a Fault, Any matches all; Other is a request that no rule knows.
enum class Operation {
  Any,
  Token,             // Entra, the managed identity endpoints
  Discovery,         // openid-configuration, metadata/endpoints
  Subscriptions,     // GET /subscriptions, one or all
  Read,              // GET of one pricing
  Write,             // PUT of one pricing
  List,              // GET of all pricings of a subscription
  Activity,          // GET of the activity log
  Accounts,          // GET of a list of AI accounts
  Account,           // GET of one AI account
  Deployments,       // GET of the deployments of an AI account, one or all
  RaiPolicies,       // GET of its content filters, likewise
  DefenderSettings,  // GET of its defenderForAISettings, likewise
  Graph,             // POST of a query of Resource Graph
  Provider,          // GET of Microsoft.Security's registration
  Register,          // POST .../register
  Control,           // /_control/..., never counted, never hit by a fault
  Other,
};

// A read of AI accounts or of what hangs on one.
[[nodiscard]] bool is_ai_read(Operation operation);
[[nodiscard]] std::string_view to_string(Operation operation);
[[nodiscard]] std::optional<Operation> parse_operation(std::string_view text);

enum class FaultKind {
  Answer,             // `status` with `code` and `message`; nothing is carried out
  AnswerAfterEffect,  // the same, but the request was carried out (a 504 that lied)
  LandsLater,         // a write: 504 at once, carried out after `delay` of the simulator's clock
  DropBeforeEffect,   // the connection breaks, nothing was carried out
  DropAfterEffect,    // the connection breaks, the request was carried out
  Truncate,           // carried out; the connection breaks after `bytes` of the answer's body
  Drip,               // carried out; the body comes `bytes` at a time, `delay` apart
  ReplaceBody,        // carried out; `message` stands in for the body: garbage, wrong types, deep
  HugeBody,           // carried out; a body of `bytes` bytes of valid JSON
  AboutAnother,       // carried out; the answer is that of the subscription `message`
  Slow,               // only `delay` or `hold`
};

[[nodiscard]] std::string_view to_string(FaultKind kind);
[[nodiscard]] std::optional<FaultKind> parse_fault_kind(std::string_view text);

struct Fault {
  FaultKind kind = FaultKind::Answer;
  Operation operation = Operation::Any;
  std::string subscription;  // "" = every one
  int after = 0;             // so many matching requests pass first: 1 = from the second page on
  int times = 1;             // hits until it is used up; 0 = never used up
  double probability = 1.0;  // of a matching request, drawn from `seed`
  std::uint64_t seed = 1;
  int status = 500;
  std::string code = "InternalServerError";
  // "{request}" in it is replaced by the whole request, as some proxies repeat it.
  std::string message = "The server encountered an internal error.";
  std::string retry_after;  // the header's text: seconds or a date; "" = no header
  // Before the answer, or inside the work of a write (others then get 409 Conflict meanwhile).
  std::chrono::milliseconds delay{0};
  bool hold = false;  // at the same place, until Simulator::release_held()
  std::size_t bytes = 1;

  // The most used ones in a few words.
  static Fault answer(Operation operation, int status, std::string code, std::string message = "");
  static Fault throttle(Operation operation, std::string retry_after);
  static Fault of(FaultKind kind, Operation operation);
  static Fault held(Operation operation);
  // The same fault, for one subscription / after so many requests / so many times / so
  // often.
  [[nodiscard]] Fault at(std::string id) const;
  [[nodiscard]] Fault after_first(int count) const;
  [[nodiscard]] Fault repeated(int count) const;
  [[nodiscard]] Fault sometimes(double share, std::uint64_t its_seed) const;
};

}  // namespace armsim
