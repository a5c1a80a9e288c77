#pragma once
// The writes of one reconcile: usually one. There are more if ARM refuses a part of what is
// written, which is then left out so that it does not hold up the rest.

#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/clock.h"
#include "core/diff.h"
#include "core/outcome.h"
#include "core/refusal.h"
#include "core/write_gate.h"
#include "reconcile/plan_store.h"

namespace defenderd {

// No write is based on an older observation: it also sends unchanged values, and would undo what
// somebody else changed meanwhile.
inline constexpr Duration kFresh = std::chrono::seconds(1);

struct Observed {
  Pricing pricing;
  SteadyTime at;
  std::string enabled_since = {};  // as in PlanRead
};

// For a plan that is no longer as it was when its changes were decided.
[[nodiscard]] Failure changed_meanwhile();

// One thread.
class Writing {
 public:
  // What is written to, and by which declaration.
  struct Subject {
    std::function<Circumstances()> circumstances;  // for the gate, right before each PUT
    const PlanKey& key;
    const DesiredSubscription& desired;
  };
  // All outlive it. `known`: as in Naming. `abort` ends even an in-flight write.
  Writing(PlanStore& store, const Clock& clock, Subject subject, std::vector<std::string> known,
          std::stop_token abort);

  // Writes the drifts on top of what was observed. `has_turn`: await_turn() was called. The
  // failure says why the drifts of unwritten() were not written.
  std::optional<Failure> write(Observed base, std::vector<Drift> drifts, bool has_turn);

  // The last answer to a write; nullopt while there is none. Its `failed` covers all writes: what
  // ARM says about an extension replaces what it said before.
  [[nodiscard]] const std::optional<PlanWritten>& written() const { return written_; }
  [[nodiscard]] SteadyTime written_at() const { return written_at_; }
  // The extensions that ARM rejected.
  [[nodiscard]] const std::vector<RefusedExtension>& refused() const { return refused_; }
  [[nodiscard]] const std::vector<Drift>& unwritten() const { return todo_; }
  // What somebody else changed after the observation, and the writes undid, as far as the answers
  // show it.
  [[nodiscard]] const std::vector<Change>& undone() const { return undone_; }
  // What the write gate stopped right before a PUT, and why; nullopt if nothing.
  [[nodiscard]] const std::vector<Drift>& withheld_drifts() const { return withheld_drifts_; }
  [[nodiscard]] const std::optional<Withholding>& withheld() const { return withheld_; }

 private:
  void ask_the_gate(const Pricing& observed);
  std::optional<Failure> renew(Observed& base);
  std::optional<Failure> put(Observed& base, const Pricing& wanted, std::size_t drifts);
  // Whether a read shows that the first `drifts` of what is to be written were applied. One whose
  // value was as wanted before, and unproven, shows nothing.
  [[nodiscard]] bool shows_result(const Pricing& shown, const Pricing& before,
                                  std::size_t drifts) const;
  // Leaves out what the refusal is about. Returns the refusal if that is unknown.
  std::optional<Failure> leave_out(const Failure& refusal, const Pricing& base,
                                   const Pricing& wanted, std::size_t& at_once);
  void refuse(const std::string& extension, const Failure& failure);
  bool postpone(const std::vector<std::string>& extensions);

  PlanStore& store_;
  const Clock& clock_;
  const std::function<Circumstances()> circumstances_;
  const PlanKey& key_;
  const DesiredSubscription& desired_;
  const std::stop_token abort_;
  Naming naming_;
  std::vector<Drift> todo_;
  std::optional<PlanWritten> written_;
  SteadyTime written_at_;
  std::vector<RefusedExtension> refused_;
  std::vector<Change> undone_;
  std::vector<Drift> withheld_drifts_;
  std::optional<Withholding> withheld_;
  bool token_renewed_ = false;
};

}  // namespace defenderd
