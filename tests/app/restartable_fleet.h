#pragma once
// A wired fleet whose state can be saved, and restored in another one: a restart.

#include <string>
#include <vector>

#include "app/state_sections.h"
#include "app/wired_fleet.h"
#include "telemetry/state_document.h"

namespace defenderd {

class RestartableFleet : public WiredFleet {
 public:
  void TestBody() override {}

  // What the state file would hold.
  [[nodiscard]] std::string saved() {
    StateDocument document{clock_.wall_now()};
    for (const StateSection& section : sections())
      document.sections.emplace(section.name, section.write());
    return format(document);
  }
  void restore(const std::string& text) {
    const auto document = parse_state_document(text);
    ASSERT_TRUE(document) << document.error().message;
    for (const StateSection& section : sections()) {
      const auto read = section.read(document->sections.at(section.name), document->saved);
      ASSERT_TRUE(read) << read.error().message;
    }
  }
  void declare_only(const std::vector<DesiredSubscription>& fleet) {
    fleet_.declare(state_of(fleet));
    recorder_.declared();
  }
  void work_on() { work(); }
  void pass(Duration later) {
    clock_.advance(later);
    work();
    while (attributor_.next_query() <= clock_.steady_now()) attributor_.step({});
  }

 private:
  std::vector<StateSection> sections() {
    return state_sections(
        {safety_, board_, controller_, departures_, incidents_, unmanaged_, shares_, events_,
         outcome_log_, attributor_, findings_watch_, freeze_watch_},
        Settings{}, clock_);
  }

  Unmanaged unmanaged_{clock_};
  FindingsBoard findings_{clock_};
  FindingsWatch findings_watch_{
      {board_, coverage_, findings_, *journal_, log_, clock_, [] { return true; },
       [this](SubscriptionId id) { return may_be_covered_.contains(id); }},
      true};
};

}  // namespace defenderd
