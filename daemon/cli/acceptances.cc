#include "cli/acceptances.h"

#include <string_view>
#include <unordered_map>

#include "base/text.h"
#include "base/time_text.h"

namespace defenderd {
namespace {

std::string key_of(std::string_view source, const AcceptedFinding& accepted) {
  std::string key(source.substr(0, source.rfind(':')));
  for (const std::string& part : {std::string(to_text(accepted.finding)), accepted.resource,
                                  accepted.reason, format_rfc3339(accepted.until)})
    key += '\0' + part;
  return key;
}

}  // namespace

std::vector<Acceptance> acceptances_of(const DesiredState& desired) {
  std::vector<Acceptance> all;
  std::unordered_map<std::string, std::size_t> known;
  const auto add = [&](const DesiredSubscription& declared, const auto& whose) {
    if (!declared.accepted) return;
    for (const AcceptedFinding& accepted : *declared.accepted) {
      const auto [at, is_new] = known.try_emplace(key_of(declared.source, accepted), all.size());
      if (is_new) all.push_back({accepted, declared.source, title_of(whose)});
      ++all[at->second].count;
    }
  };
  for (const Declaration& declared : desired.subscriptions) add(*declared, *declared);
  for (const Scope& scope : desired.scopes) add(scope.declares, scope);
  return all;
}

std::string title_of(const DesiredSubscription& declared) {
  return declared.name.empty() ? declared.id.text() : printable(declared.name);
}

std::string title_of(const Scope& scope) {
  return scope.name.empty() ? "a scope" : "the scope " + printable(scope.name);
}

}  // namespace defenderd
