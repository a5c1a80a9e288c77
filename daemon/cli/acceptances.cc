#include "cli/acceptances.h"

#include <string_view>
#include <unordered_map>
#include <utility>

#include "base/text.h"
#include "base/time_text.h"

namespace defenderd {
namespace {

std::string_view file_of(std::string_view source) { return source.substr(0, source.rfind(':')); }

std::string key_of(std::string_view source, const AcceptedFinding& accepted) {
  std::string key(file_of(source));
  for (const std::string& part : {std::string(to_text(accepted.finding)), accepted.resource,
                                  accepted.reason, format_rfc3339(accepted.until)})
    key += '\0' + part;
  return key;
}

class Collector {
 public:
  // `whose` is the entry or the scope that declares.
  template <class Whose>
  void add(const DesiredSubscription& declared, const Whose& whose) {
    if (!declared.accepted) return;
    // The usual case, for thousands of entries: the same defaults as those of the entry before.
    const bool again = last_ != nullptr && last_->accepted == declared.accepted &&
                       file_of(last_->source) == file_of(declared.source);
    last_ = &declared;
    if (!again) {
      places_.clear();
      for (const AcceptedFinding& accepted : *declared.accepted) {
        const auto [at, is_new] =
            known_.try_emplace(key_of(declared.source, accepted), all_.size());
        if (is_new) all_.push_back({accepted, declared.source, title_of(whose)});
        places_.push_back(at->second);
      }
    }
    for (const std::size_t place : places_) ++all_[place].count;
  }

  [[nodiscard]] std::vector<Acceptance>& all() { return all_; }

 private:
  std::vector<Acceptance> all_;
  std::unordered_map<std::string, std::size_t> known_;
  const DesiredSubscription* last_ = nullptr;
  std::vector<std::size_t> places_;  // in all_, of the last one's
};

}  // namespace

std::vector<Acceptance> acceptances_of(const DesiredState& desired) {
  Collector collector;
  for (const Declaration& declared : desired.subscriptions) collector.add(*declared, *declared);
  for (const Scope& scope : desired.scopes) collector.add(scope.declares, scope);
  return std::move(collector.all());
}

std::string title_of(const DesiredSubscription& declared) {
  return declared.name.empty() ? declared.id.text() : printable(declared.name);
}

std::string title_of(const Scope& scope) {
  return scope.name.empty() ? "a scope" : "the scope " + printable(scope.name);
}

}  // namespace defenderd
