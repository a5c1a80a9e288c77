#include "armsim/fault_mix.h"

#include <chrono>

namespace armsim {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kOverEveryLimit = 9U << 20U;

Fault with_bytes(Fault fault, std::size_t bytes, std::chrono::milliseconds delay = 0ms) {
  fault.bytes = bytes;
  fault.delay = delay;
  return fault;
}

Fault garbled(Operation operation, std::string body) {
  Fault fault = Fault::of(FaultKind::ReplaceBody, operation);
  fault.message = std::move(body);
  return fault;
}

Fault after_effect(Operation operation, int status, std::string code) {
  Fault fault = Fault::answer(operation, status, std::move(code));
  fault.kind = FaultKind::AnswerAfterEffect;
  return fault;
}

void add_common(std::vector<Fault>& mix, Operation operation) {
  mix.push_back(Fault::throttle(operation, "1"));
  mix.push_back(Fault::throttle(operation, ""));
  mix.push_back(Fault::answer(operation, 500, "InternalServerError"));
  mix.push_back(Fault::answer(operation, 503, "ServiceUnavailable"));
  mix.push_back(Fault::answer(operation, 401, "ExpiredAuthenticationToken"));
  mix.push_back(after_effect(operation, 504, "GatewayTimeout"));
  mix.push_back(Fault::of(FaultKind::DropBeforeEffect, operation));
  mix.push_back(Fault::of(FaultKind::DropAfterEffect, operation));
  mix.push_back(with_bytes(Fault::of(FaultKind::Truncate, operation), 40));
  mix.push_back(with_bytes(Fault::of(FaultKind::Drip, operation), 100, 2ms));
  mix.push_back(with_bytes(Fault::of(FaultKind::Slow, operation), 0, 20ms));
  mix.push_back(garbled(operation, "<html>Bad gateway</html>"));
  mix.push_back(garbled(operation, R"({"properties":{"pricingTier":7}})"));
}

}  // namespace

std::vector<Fault> fault_mix(double share, std::uint64_t seed) {
  std::vector<Fault> mix;
  add_common(mix, Operation::Read);
  add_common(mix, Operation::Write);
  mix.push_back(Fault::answer(Operation::Write, 409, "Conflict", "Another update is in progress"));
  mix.push_back(Fault::answer(Operation::Token, 503, "temporarily_unavailable"));
  mix.push_back(Fault::of(FaultKind::DropBeforeEffect, Operation::Token));
  for (Fault& fault : mix) fault = fault.repeated(0).sometimes(share, ++seed);
  // Nine megabytes each: seldom is enough.
  mix.push_back(with_bytes(Fault::of(FaultKind::HugeBody, Operation::Read), kOverEveryLimit)
                    .repeated(0)
                    .sometimes(share / 20, ++seed));
  return mix;
}

std::vector<Fault> account_fault_mix(double share, std::uint64_t seed) {
  std::vector<Fault> mix;
  for (const Operation operation : {Operation::Accounts, Operation::Account, Operation::Deployments,
                                    Operation::RaiPolicies, Operation::DefenderSettings}) {
    add_common(mix, operation);
    mix.push_back(Fault::answer(operation, 404, "ResourceNotFound"));
    mix.push_back(garbled(operation, R"({"value":[{"id":7,"properties":[]}],"nextLink":{}})"));
  }
  for (Fault& fault : mix) fault = fault.repeated(0).sometimes(share, ++seed);
  return mix;
}

}  // namespace armsim
