#include "armsim/fault.h"

#include <array>
#include <random>
#include <utility>

#include "armsim/fault_book.h"
#include "base/text.h"

namespace armsim {
namespace {

constexpr std::array<std::pair<Operation, std::string_view>, 18> kOperations{
    {{Operation::Any, "any"},
     {Operation::Token, "token"},
     {Operation::Discovery, "discovery"},
     {Operation::Subscriptions, "subscriptions"},
     {Operation::Read, "read"},
     {Operation::Write, "write"},
     {Operation::List, "list"},
     {Operation::Accounts, "accounts"},
     {Operation::Account, "account"},
     {Operation::Deployments, "deployments"},
     {Operation::RaiPolicies, "rai-policies"},
     {Operation::DefenderSettings, "defender-settings"},
     {Operation::Graph, "graph"},
     {Operation::Activity, "activity"},
     {Operation::Provider, "provider"},
     {Operation::Register, "register"},
     {Operation::Control, "control"},
     {Operation::Other, "other"}}};

constexpr std::array<std::pair<FaultKind, std::string_view>, 11> kKinds{
    {{FaultKind::Answer, "answer"},
     {FaultKind::AnswerAfterEffect, "answer-after-effect"},
     {FaultKind::LandsLater, "lands-later"},
     {FaultKind::DropBeforeEffect, "drop-before-effect"},
     {FaultKind::DropAfterEffect, "drop-after-effect"},
     {FaultKind::Truncate, "truncate"},
     {FaultKind::Drip, "drip"},
     {FaultKind::ReplaceBody, "replace-body"},
     {FaultKind::HugeBody, "huge-body"},
     {FaultKind::AboutAnother, "about-another"},
     {FaultKind::Slow, "slow"}}};

template <class Table, class Value>
std::string_view name_in(const Table& table, Value value) {
  for (const auto& [known, name] : table) {
    if (known == value) return name;
  }
  return "";
}

template <class Value, std::size_t Size>
std::optional<Value> value_in(const std::array<std::pair<Value, std::string_view>, Size>& table,
                              std::string_view text) {
  for (const auto& [value, name] : table) {
    if (defenderd::iequals(name, text)) return value;
  }
  return std::nullopt;
}

}  // namespace

bool is_ai_read(Operation operation) {
  return operation == Operation::Accounts || operation == Operation::Account ||
         operation == Operation::Deployments || operation == Operation::RaiPolicies ||
         operation == Operation::DefenderSettings;
}

std::string_view to_string(Operation operation) { return name_in(kOperations, operation); }
std::string_view to_string(FaultKind kind) { return name_in(kKinds, kind); }
std::optional<Operation> parse_operation(std::string_view text) {
  return value_in(kOperations, text);
}
std::optional<FaultKind> parse_fault_kind(std::string_view text) { return value_in(kKinds, text); }

Fault Fault::answer(Operation operation, int status, std::string code, std::string message) {
  Fault fault;
  fault.operation = operation;
  fault.status = status;
  fault.code = std::move(code);
  if (!message.empty()) fault.message = std::move(message);
  return fault;
}

Fault Fault::throttle(Operation operation, std::string retry_after) {
  Fault fault = answer(operation, 429, "TooManyRequests", "The request is being throttled.");
  fault.retry_after = std::move(retry_after);
  return fault;
}

Fault Fault::of(FaultKind kind, Operation operation) {
  Fault fault;
  fault.kind = kind;
  fault.operation = operation;
  if (kind == FaultKind::AnswerAfterEffect) {
    fault.status = 504;
    fault.code = "GatewayTimeout";
    fault.message =
        "The gateway did not receive a response from 'Microsoft.Security' within the "
        "specified time period.";
  }
  if (kind == FaultKind::ReplaceBody) fault.message = "<html>this is not JSON";
  if (kind == FaultKind::HugeBody) fault.bytes = 64UL * 1024 * 1024;
  return fault;
}

Fault Fault::held(Operation operation) {
  Fault fault = of(FaultKind::Slow, operation);
  fault.hold = true;
  return fault;
}

Fault Fault::at(std::string id) const {
  Fault fault = *this;
  fault.subscription = std::move(id);
  return fault;
}

Fault Fault::after_first(int count) const {
  Fault fault = *this;
  fault.after = count;
  return fault;
}

Fault Fault::repeated(int count) const {
  Fault fault = *this;
  fault.times = count;
  return fault;
}

Fault Fault::sometimes(double share, std::uint64_t its_seed) const {
  Fault fault = *this;
  fault.probability = share;
  fault.seed = its_seed;
  fault.times = 0;
  return fault;
}

void FaultBook::add(Fault fault) {
  fault.subscription = defenderd::to_lower(fault.subscription);
  const std::uint64_t seed = fault.seed;
  faults_.push_back({std::move(fault), std::mt19937_64(seed)});
}

std::vector<Fault> FaultBook::list() const {
  std::vector<Fault> result;
  for (const Entry& entry : faults_) result.push_back(entry.fault);
  return result;
}

std::optional<Fault> FaultBook::take(Operation operation, const std::string& subscription) {
  for (auto entry = faults_.begin(); entry != faults_.end(); ++entry) {
    const Fault& fault = entry->fault;
    if (fault.operation != Operation::Any && fault.operation != operation) continue;
    if (!fault.subscription.empty() && fault.subscription != subscription) continue;
    if (fault.after > 0) {
      --entry->fault.after;
      continue;
    }
    if (fault.probability < 1.0 &&
        std::uniform_real_distribution<double>(0, 1)(entry->random) >= fault.probability) {
      continue;
    }
    Fault hit = fault;
    if (fault.times > 0 && --entry->fault.times == 0) faults_.erase(entry);
    return hit;
  }
  return std::nullopt;
}

}  // namespace armsim
