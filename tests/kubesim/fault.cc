#include "kubesim/fault.h"

#include <array>
#include <utility>

namespace kubesim {
namespace {

constexpr std::array<std::pair<std::string_view, FaultKind>, 6> kKinds{{
    {"answer", FaultKind::Answer},
    {"drop", FaultKind::Drop},
    {"slow", FaultKind::Slow},
    {"truncate", FaultKind::Truncate},
    {"drip", FaultKind::Drip},
    {"replace-body", FaultKind::ReplaceBody},
}};

bool matches(const std::string& wanted, const std::string& actual) {
  return wanted.empty() || wanted == actual;
}

}  // namespace

std::string_view to_string(FaultKind kind) {
  for (const auto& [name, known] : kKinds) {
    if (known == kind) return name;
  }
  return "";
}

std::optional<FaultKind> parse_fault_kind(std::string_view text) {
  for (const auto& [name, kind] : kKinds) {
    if (name == text) return kind;
  }
  return std::nullopt;
}

Fault Fault::answer(int status, When when) {
  Fault fault;
  fault.status = status;
  fault.when = when;
  return fault;
}

Fault Fault::throttle(std::string retry_after) {
  Fault fault = answer(429);
  fault.retry_after = std::move(retry_after);
  return fault;
}

Fault Fault::drop(When when) {
  Fault fault = of(FaultKind::Drop);
  fault.when = when;
  return fault;
}

Fault Fault::slow(std::chrono::milliseconds delay, When when) {
  Fault fault = of(FaultKind::Slow);
  fault.delay = delay;
  fault.when = when;
  return fault;
}

Fault Fault::held(When when) {
  Fault fault = of(FaultKind::Slow);
  fault.hold = true;
  fault.when = when;
  return fault;
}

Fault Fault::of(FaultKind kind) {
  Fault fault;
  fault.kind = kind;
  if (kind == FaultKind::ReplaceBody) fault.status = 200;
  return fault;
}

Fault Fault::on(std::string its_verb, std::string its_resource, std::string its_name) const {
  Fault fault = *this;
  fault.verb = std::move(its_verb);
  fault.resource = std::move(its_resource);
  fault.name = std::move(its_name);
  return fault;
}

Fault Fault::repeated(int count) const {
  Fault fault = *this;
  fault.times = count;
  return fault;
}

Fault Fault::after_first(int count) const {
  Fault fault = *this;
  fault.after = count;
  return fault;
}

std::optional<Fault> FaultBook::take(const std::string& verb, const std::string& resource,
                                     const std::string& name) {
  for (auto at = faults_.begin(); at != faults_.end(); ++at) {
    if (!matches(at->verb, verb) || !matches(at->resource, resource) || !matches(at->name, name))
      continue;
    if (at->after > 0) {
      --at->after;
      continue;
    }
    Fault hit = *at;
    if (at->times > 0 && --at->times == 0) faults_.erase(at);
    return hit;
  }
  return std::nullopt;
}

}  // namespace kubesim
