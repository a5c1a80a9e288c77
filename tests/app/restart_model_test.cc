// Restarts at random moments in random worlds: what is reported afterwards is what was reported
// before.

#include <cstdlib>
#include <random>
#include <set>
#include <string>

#include "app/restartable_fleet.h"
#include "support/tally.h"

namespace defenderd {
namespace {

using namespace std::chrono_literals;

constexpr unsigned kCount = 30;
constexpr int kSteps = 40;

// The fleet and its world. A restart is another one with a copy of the world.
class Life final : public RestartableFleet {
 public:
  Life() { recorder_.show_brakes(); }

  void copy_world(const Life& other) {
    clock_.advance_to(other.clock_.steady_now());
    for (unsigned n = 1; n <= kCount; ++n) {
      const SubscriptionId id = subscription_id(n);
      store_.put(id, other.store_.get(id));
      if (other.unreadable_.contains(n)) break_reads(n);
      if (other.broken_.contains(n)) break_extension(n);
      if (other.deaf_.contains(n)) ignore_writes(n);
    }
  }
  void break_reads(unsigned n) {
    unreadable_.insert(n);
    store_.fail_reads(subscription_id(n), failure(Reason::ServerError, NextTry::Soon));
  }
  void mend_reads(unsigned n) {
    unreadable_.erase(n);
    store_.fail_reads(subscription_id(n), std::nullopt);
  }
  void break_extension(unsigned n) {
    broken_.insert(n);
    store_.fail_extension(subscription_id(n), std::string(kPromptEvidence), "no permission");
  }
  void mend_extension(unsigned n) {
    broken_.erase(n);
    store_.heal_extension(subscription_id(n), std::string(kPromptEvidence));
  }
  void ignore_writes(unsigned n) {
    deaf_.insert(n);
    store_.ignore_writes(subscription_id(n), FakePlanStore::Deaf::AnswersAsAsked);
  }
  void heed_writes(unsigned n) {
    deaf_.erase(n);
    store_.ignore_writes(subscription_id(n), FakePlanStore::Deaf::No);
  }
  // The next write of it has no answer, and may or may not be carried out.
  void lose_answer(unsigned n) {
    Failure lost = failure(Reason::Timeout, NextTry::Soon);
    lost.maybe_applied = true;
    store_.fail_next_write(subscription_id(n), std::move(lost));
  }
  void freeze(unsigned n, Duration length) {
    Freeze freeze{.reason = "change " + std::to_string(n), .by = "ops"};
    if (n % 3 != 0) {
      freeze.length = length;
      freeze.until = clock_.wall_now() + length;
    }
    freeze.except_enable = n % 2 == 0;
    if (n % 4 == 0) freeze.owners = {"team-a"};
    EXPECT_TRUE(freeze_watch_.freeze(std::move(freeze)));
  }
  void thaw() { EXPECT_TRUE(freeze_watch_.thaw({.reason = "done", .by = "ops", .all = true})); }
  void edit(const std::vector<DesiredSubscription>& fleet) {
    fleet_.edit([&] { declare_only(fleet); });
  }
  [[nodiscard]] WallTime now() const { return clock_.wall_now(); }
  // Until nothing changes any more.
  void observe_all() {
    for (int i = 0; i < 3; ++i) {
      controller_.reconcile_now(std::nullopt);
      work();
    }
  }
  void put(unsigned n, Pricing pricing) { store_.put(subscription_id(n), std::move(pricing)); }

  // Everything that is reported, except what a new process must find out first.
  [[nodiscard]] std::string report() const {
    std::string text;
    for (const auto& row : board_.snapshot().rows) {
      text += row->desired->name + " " + std::string(to_text(row->state)) + " since " +
              at(row->state_since) + " " + std::string(to_text(row->reason)) + " known " +
              std::string(to_text(row->known()));
      for (const Condition& condition : row->conditions) {
        text += " " + std::string(to_text(condition.type)) + "=" +
                std::string(to_text(condition.status)) + "@" + at(condition.last_transition);
      }
      for (const Change& change : row->differences->pending) text += " pending " + text_of(change);
      text += remembered(*row) + "\n";
    }
    for (const Incident& incident : incidents_.active()) {
      text += "incident " + std::string(to_text(incident.cause.reason)) + " since " +
              at(incident.since) + " most " + std::to_string(incident.most) + " now " +
              std::to_string(incident.subscriptions) + "\n";
    }
    // A brake holds nothing while the fleet is not known: what it held is shown as pending.
    if (unreadable_.empty()) {
      text += "held " + std::to_string(safety_.held(BrakeKind::Disable)) + " code " +
              safety_.confirm_code() + "\n";
    }
    return text + departed() + frozen();
  }
  void count(Tally& seen) const {
    ++seen["restart"];
    for (const auto& row : board_.snapshot().rows) {
      ++seen[std::string(to_text(row->state))];
      if (!row->differences->unproven.empty()) ++seen["unproven"];
      if (!row->differences->unconfirmed.empty()) ++seen["unconfirmed"];
      if (row->last_change) ++seen["last change"];
      if (is_suspended(*row->desired, clock_.wall_now())) ++seen["suspended"];
      if (row->differences->attribution) ++seen["actor"];
    }
    if (!incidents_.active().empty()) ++seen["incident"];
    if (!departures_.shown(clock_.wall_now()).empty()) ++seen["departed"];
    if (!attributor_.memory().empty()) ++seen["question"];
    if (!freeze_watch_.status().empty()) ++seen["freeze"];
  }
  // What is reported before anything was observed.
  [[nodiscard]] std::string report_from_memory() const {
    std::string text;
    for (const auto& row : board_.snapshot().rows)
      text += row->desired->name + remembered(*row) + "\n";
    for (const ActorQuestion& question : attributor_.memory())
      text += "who changed " + question.subscription.text() + "\n";
    return text + departed() + frozen();
  }

 private:
  static std::string at(WallTime time) {
    return std::to_string(time.time_since_epoch() / std::chrono::milliseconds(1));
  }
  static std::string text_of(const Change& change) {
    return change.drift.field.text() + ":" + std::string(to_text(change.result)) + ":" +
           std::string(to_text(change.reason));
  }
  static std::string remembered(const StatusRow& row) {
    std::string text = " last known " + std::string(to_text(row.last_known));
    for (const DriftSince& drift : row.differences->drift)
      text += " " + drift.drift.field.text() + "=" + drift.drift.observed + "@" + at(drift.since);
    for (const ExtensionFailure& failure : row.differences->unproven)
      text += " unproven " + failure.name + " " + failure.message;
    for (const Unconfirmed& change : row.differences->unconfirmed) {
      text += " unconfirmed " + change.drift.field.text() + "@" + at(change.written) +
              (change.accepted ? "" : " unanswered") + (change.reported ? " reported" : "");
      // An extension that failed is tried again at each reconcile, and its write sends all values.
      if (row.differences->unproven.empty()) text += " x" + std::to_string(change.writes);
    }
    if (row.last_change) text += " changed " + at(*row.last_change);
    for (const Change& change : row.differences->last_changes) text += " " + text_of(change);
    if (row.differences->attribution)
      text += " by " + defenderd::text_of(row.differences->attribution->actor);
    return text;
  }
  [[nodiscard]] std::string departed() const {
    std::string text;
    for (const DepartedEdit& edit : departures_.shown(clock_.wall_now())) {
      text += "departed " + std::to_string(edit.away.size()) + " of " +
              std::to_string(edit.declared) + " at " + at(edit.at) + "\n";
    }
    return text;
  }

  [[nodiscard]] std::string frozen() const {
    std::string text;
    for (const FreezeStatus& one : freeze_watch_.status()) {
      text += "freeze " + one.id + " " + one.freeze.reason + (one.in_force ? " in force" : "");
      if (one.since) text += " since " + at(*one.since);
      if (one.ends) text += " until " + at(*one.ends);
      text += "\n";
    }
    return text;
  }

  std::set<unsigned> unreadable_;
  std::set<unsigned> broken_;
  std::set<unsigned> deaf_;
};

class World {
 public:
  explicit World(unsigned seed) : random_(seed) {
    for (unsigned n = 1; n <= kCount; ++n) {
      // A third is to be off, a fifth is only observed.
      DesiredSubscription one = declared(n, n % 3 != 0);
      if (one.plan) one.extensions = {evidence(n % 2 == 0)};
      if (n % 5 == 0) one.mode = Mode::Observe;
      if (n % 4 == 0) one.owner = "team-a";
      all_.push_back(one);
      life_->put(n, free_plan());
    }
    fleet_ = all_;
    life_->edit(fleet_);
    life_->work_on();
  }

  // Counts what was reported at the restarts.
  void run(Tally& seen) {
    for (int step = 0; step < kSteps && !testing::Test::HasFailure(); ++step) {
      happen();
      if (any(4) != 0) continue;
      SCOPED_TRACE("step " + std::to_string(step));
      restart(seen);
    }
  }

 private:
  unsigned any(unsigned below) {
    return std::uniform_int_distribution<unsigned>(0, below - 1)(random_);
  }
  unsigned any_id() { return 1 + any(kCount); }
  Pricing any_pricing() {
    return any(3) == 0 ? free_plan() : standard_plan({{"AIPromptEvidence", any(2) == 0}});
  }

  void happen() {
    const unsigned n = any_id();
    switch (any(15)) {
      case 0:
      case 1:
        life_->put(n, any_pricing());
        break;
      case 2:
        life_->break_reads(n);
        break;
      case 3:
        life_->mend_reads(n);
        break;
      case 4:
        for (unsigned each = 1; each <= kCount; ++each) life_->break_reads(each);
        break;
      case 5:
        for (unsigned each = 1; each <= kCount; ++each) life_->mend_reads(each);
        break;
      case 6:
        any(3) == 0 ? life_->mend_extension(n) : life_->break_extension(n);
        life_->put(n, standard_plan({{"AIPromptEvidence", false}}));
        break;
      case 7:
        fleet_ = all_;
        std::erase_if(fleet_, [&](const auto&) { return any(4) == 0; });
        life_->edit(fleet_);
        break;
      case 8:
        fight(n);
        break;
      case 9:
        any(3) == 0 ? life_->heed_writes(n) : life_->ignore_writes(n);
        life_->put(n, any_pricing());
        break;
      case 10:
        life_->lose_answer(n);
        life_->put(n, any_pricing());
        break;
      case 11:
        any(3) == 0 ? life_->freeze(n, std::chrono::minutes(1 + any(60))) : life_->thaw();
        life_->put(n, any_pricing());
        break;
      case 12:
        suspend_or_change(n);
        life_->edit(fleet_);
        break;
      case 13:
        life_->thaw();
        fight(n);
        break;
      case 14:  // a policy
        for (unsigned each = 1; each <= kCount; ++each) life_->put(each, standard_plan());
        break;
    }
    life_->pass(std::chrono::minutes(1 + any(20)));
  }
  void suspend_or_change(unsigned n) {
    for (DesiredSubscription& one : fleet_) {
      if (one.id != subscription_id(n)) continue;
      if (any(2) == 0) {
        one.suspend = Suspension{.until = life_->now() + std::chrono::minutes(1 + any(60)),
                                 .reason = "a test",
                                 .by = "team-a"};
      } else {
        one.mode = one.mode == Mode::Enforce ? Mode::Observe : Mode::Enforce;
      }
    }
  }
  // Somebody reverts each correction.
  void fight(unsigned n) {
    for (int i = 0; i < 5; ++i) {
      life_->put(n, n % 3 == 0 ? standard_plan() : free_plan());
      life_->pass(5min);
    }
  }
  void restart(Tally& seen) {
    life_->observe_all();
    life_->count(seen);
    const std::string before = life_->report();
    const std::string known = life_->report_from_memory();
    const std::string saved = life_->saved();
    auto next = std::make_unique<Life>();
    next->copy_world(*life_);
    next->restore(saved);
    next->declare_only(fleet_);
    EXPECT_EQ(next->report_from_memory(), known) << "before anything was observed";
    EXPECT_TRUE(next->saved() == saved) << "a restart before that loses nothing";
    next->work_on();
    EXPECT_EQ(next->report(), before);
    life_ = std::move(next);
  }

  std::mt19937 random_;
  std::unique_ptr<Life> life_ = std::make_unique<Life>();
  std::vector<DesiredSubscription> all_;
  std::vector<DesiredSubscription> fleet_;
};

// DEFENDERD_MODEL_SEEDS: more worlds, see tests/run --soak.
unsigned worlds() {
  const char* const wanted = std::getenv("DEFENDERD_MODEL_SEEDS");
  return wanted == nullptr ? 60 : static_cast<unsigned>(std::stoul(wanted));
}

TEST(RestartModel, ReportsTheSameAsBefore) {
  Tally seen;
  for (unsigned seed = 1; seed <= worlds() && !testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    World(seed).run(seen);
  }
  expect_tried(seen, {{"restart", 500},
                      {"in_sync", 5},
                      {"drifted", 5},
                      {"held", 5},
                      {"contested", 5},
                      {"failing", 5},
                      {"incident", 5},
                      {"departed", 5},
                      {"freeze", 5},
                      {"suspended", 5},
                      {"unproven", 5},
                      {"unconfirmed", 5},
                      {"last change", 5},
                      {"question", 5},
                      {"actor", 5}});
}

}  // namespace
}  // namespace defenderd
