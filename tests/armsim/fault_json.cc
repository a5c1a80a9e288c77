#include "armsim/fault_json.h"

#include <optional>
#include <vector>

#include "armsim/json_keys.h"
#include "base/time_text.h"

namespace armsim {

using defenderd::Error;
using defenderd::Result;
using defenderd::Unexpected;

Json to_json(const Fault& fault) {
  return {{"kind", to_string(fault.kind)},
          {"operation", to_string(fault.operation)},
          {"subscription", fault.subscription},
          {"after", fault.after},
          {"times", fault.times},
          {"probability", fault.probability},
          {"seed", fault.seed},
          {"status", fault.status},
          {"code", fault.code},
          {"message", fault.message},
          {"retryAfter", fault.retry_after},
          {"delay", defenderd::format_duration(fault.delay)},
          {"hold", fault.hold},
          {"bytes", fault.bytes}};
}

Result<Fault> fault_from(const Json& json) {
  // The kind first: it decides on the defaults of the rest.
  Fault fault;
  if (json.is_object() && json.contains("kind")) {
    const auto kind =
        json["kind"].is_string() ? parse_fault_kind(json["kind"].get<std::string>()) : std::nullopt;
    if (!kind) return Unexpected(Error{"unknown kind of fault " + json["kind"].dump()});
    fault = Fault::of(*kind, Operation::Any);
  }
  static const std::vector<Key<Fault>> keys{
      {"kind", "a kind", [](Fault&, const Json&) { return true; }},
      {"operation",
       "any, token, read, write, list, accounts, account, deployments, rai-policies, "
       "defender-settings, graph, activity, provider, register, subscriptions or discovery",
       [](Fault& f, const Json& j) {
         const auto operation =
             j.is_string() ? parse_operation(j.get<std::string>()) : std::nullopt;
         if (operation) f.operation = *operation;
         return operation.has_value();
       }},
      {"subscription", "a GUID",
       [](Fault& f, const Json& j) { return parse_text(j, f.subscription); }},
      {"after", "a whole number", [](Fault& f, const Json& j) { return parse_number(j, f.after); }},
      {"times", "a whole number", [](Fault& f, const Json& j) { return parse_number(j, f.times); }},
      {"probability", "a number from 0 to 1",
       [](Fault& f, const Json& j) {
         if (j.is_number()) f.probability = j.get<double>();
         return j.is_number() && f.probability >= 0 && f.probability <= 1;
       }},
      {"seed", "a whole number",
       [](Fault& f, const Json& j) {
         if (j.is_number_unsigned()) f.seed = j.get<std::uint64_t>();
         return j.is_number_unsigned();
       }},
      {"status", "an HTTP status",
       [](Fault& f, const Json& j) {
         return parse_number(j, f.status) && f.status >= 200 && f.status <= 599;
       }},
      {"code", "text", [](Fault& f, const Json& j) { return parse_text(j, f.code); }},
      {"message", "text", [](Fault& f, const Json& j) { return parse_text(j, f.message); }},
      {"retryAfter", "text or a number",
       [](Fault& f, const Json& j) {
         if (j.is_number_integer()) f.retry_after = j.dump();
         return j.is_number_integer() || parse_text(j, f.retry_after);
       }},
      {"delay", "a duration like 250ms",
       [](Fault& f, const Json& j) {
         const auto delay =
             j.is_string() ? defenderd::parse_duration(j.get<std::string>()) : std::nullopt;
         if (delay) f.delay = std::chrono::duration_cast<std::chrono::milliseconds>(*delay);
         return delay.has_value();
       }},
      {"hold", "true or false", [](Fault& f, const Json& j) { return parse_on(j, f.hold); }},
      {"bytes", "a whole number", [](Fault& f, const Json& j) {
         if (j.is_number_unsigned()) f.bytes = j.get<std::size_t>();
         return j.is_number_unsigned();
       }}};
  auto done = take_keys(fault, json, keys);
  if (!done) return Unexpected(done.error());
  return fault;
}

}  // namespace armsim
