// Restarts at random moments in random worlds: what is reported afterwards is what was reported
// before.

#include <random>
#include <set>

#include "app/restartable_fleet.h"
#include "support/tally.h"
#include "telemetry/departures_section.h"
#include "telemetry/freezes_section.h"
#include "telemetry/incidents_section.h"
#include "telemetry/safety_section.h"

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
  void edit(const std::vector<DesiredSubscription>& fleet) {
    fleet_.edit([&] { fleet_.declare(state_of(fleet)); });
  }
  // Until nothing changes any more.
  void observe_all() {
    for (int i = 0; i < 3; ++i) {
      controller_.reconcile_now(std::nullopt);
      work();
    }
  }
  void put(unsigned n, Pricing pricing) { store_.put(subscription_id(n), std::move(pricing)); }

  void freeze(Duration span, bool except_enable) {
    Freeze freeze;
    freeze.reason = "incident 4711";
    freeze.by = "ops";
    freeze.until = clock_.wall_now() + std::chrono::duration_cast<WallTime::duration>(span);
    freeze.except_enable = except_enable;
    EXPECT_TRUE(freeze_watch_.freeze(std::move(freeze)));
  }
  void thaw() { freeze_watch_.thaw("it is over", "ops"); }
  // Sets the code of what is held in the settings, which a restart finds again.
  void confirm_held() { confirm(safety_.confirm_code()); }
  void confirm(const std::string& code) {
    confirm_ = code;
    SafetyRules rules;
    rules.confirm = code;
    safety_.set_rules(std::move(rules));
  }
  [[nodiscard]] const std::string& confirmed() const { return confirm_; }
  // A listing, which shows all; one of them has left its scope.
  void leave_scope(const std::vector<DesiredSubscription>& fleet, const DesiredSubscription& left) {
    fleet_.declare(state_of(fleet));
    list(fleet, {left});
  }
  void list(const std::vector<DesiredSubscription>& fleet,
            const std::vector<DesiredSubscription>& departed = {}) {
    Resolution resolution;
    resolution.effective = state_of(fleet);
    for (unsigned n = 1; n <= kCount + 2; ++n) {
      UncoveredSubscription seen;
      seen.id = subscription_id(n);
      seen.name = "seen";
      if (board_.find(seen.id) == nullptr) resolution.uncovered.push_back(seen);
    }
    ScopeNews news;
    news.scopes = 1;
    news.tenants.emplace_back().known = true;
    news.departed = declarations(departed);
    unmanaged_rows_ = unmanaged_.resolved(resolution, news).rows;
  }

  // Everything that is reported, except what a new process must find out first.
  [[nodiscard]] std::string report() const {
    std::string text;
    for (const auto& row : board_.snapshot().rows) {
      if (row->observed) text += tier_and_extensions(*row->observed);
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
              std::to_string(incident.subscriptions) + " " + incident.cause.concerns + " " +
              incident.message + (incident.recalled ? " not observed" : "") + "\n";
    }
    for (const CoverageRow& row : unmanaged_rows_) {
      text += "unmanaged " + row.name + " " + std::string(to_text(row.reason)) + " since " +
              at(row.first_seen) + " " + row.message + "\n";
    }
    // A brake holds nothing while the fleet is not known: what it held is shown as pending.
    if (unreadable_.empty()) {
      text += "held " + std::to_string(safety_.held(BrakeKind::Disable)) + " code " +
              safety_.confirm_code() + "\n";
    }
    return text + recorded();
  }
  void count(Tally& seen) const {
    ++seen["restart"];
    for (const auto& row : board_.snapshot().rows) {
      ++seen[std::string(to_text(row->state))];
      if (!row->differences->unproven.empty()) ++seen["unproven"];
      if (!row->differences->unconfirmed.empty()) ++seen["unconfirmed"];
      if (row->last_change) ++seen["last change"];
      if (row->differences->attribution) ++seen["actor"];
    }
    if (!incidents_.active().empty()) ++seen["incident"];
    if (!departures_.shown(clock_.wall_now()).empty()) ++seen["departed"];
    if (!attributor_.memory().empty()) ++seen["question"];
    if (!incidents_.ended().empty()) ++seen["ended incident"];
    if (!freezes_.commanded().empty()) ++seen["freeze"];
    const SafetyMemory safety = safety_.memory();
    if (!safety.spent_codes.empty()) ++seen["spent code"];
    if (!safety.contests.empty()) ++seen["corrections"];
    for (const RememberedBrake& brake : safety.brakes)
      if (!brake.switched.empty()) ++seen["brake's window"];
    for (const CoverageRow& row : unmanaged_rows_) ++seen[std::string(to_text(row.reason))];
  }
  // What is reported before anything was observed.
  [[nodiscard]] std::string report_from_memory() const {
    std::string text;
    for (const auto& row : board_.snapshot().rows)
      text += row->desired->name + remembered(*row) + "\n";
    for (const ActorQuestion& question : attributor_.memory())
      text += "who changed " + question.subscription.text() + "\n";
    return text + "events " + format(events_.memory()) + "\n" + recorded();
  }
  // Nothing was observed later than the other one says, and nothing is missing.
  void expect_not_newer_than(const Life& other) const {
    for (const auto& row : board_.snapshot().rows) {
      const auto before = other.board_.find(row->desired->id);
      ASSERT_NE(before, nullptr);
      EXPECT_EQ(row->last_observed().has_value(), before->last_observed().has_value());
      EXPECT_LE(row->last_observed(), before->last_observed()) << row->desired->name;
    }
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
      text += " unconfirmed " + change.drift.field.text() + "@" + at(change.written) + "x" +
              std::to_string(change.writes) + (change.accepted ? "" : " unanswered") +
              (change.reported ? " reported" : "");
    }
    if (row.last_change) text += " changed " + at(*row.last_change);
    for (const Change& change : row.differences->last_changes) text += " " + text_of(change);
    if (row.differences->attribution)
      text += " by " + defenderd::text_of(row.differences->attribution->actor);
    return text;
  }
  static std::string tier_and_extensions(const Pricing& pricing) {
    std::string text = pricing.tier == Tier::Standard ? "on " : "off ";
    for (const Extension& extension : pricing.extensions)
      text += extension.name + (extension.enabled == true ? " on " : " off ");
    return text;
  }
  // Histories: what was recorded, which no observation replaces.
  [[nodiscard]] std::string recorded() const {
    const Departures::Count count = departures_.count(clock_.wall_now());
    return "departed: " + std::to_string(count.few) + " and " + std::to_string(count.many) + " " +
           format(departures_.memory()) + "\nsafety: " + format(safety_.memory()) +
           "\nended incidents: " + format(incidents_.ended()) +
           "\nshares: " + format(shares_.samples()) +
           "\nfreezes: " + format(freeze_watch_.memory()) +
           "\nunmanaged: " + format(unmanaged_.memory()) + "\n";
  }

  std::string confirm_;
  std::vector<CoverageRow> unmanaged_rows_;
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
    switch (any(16)) {
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
      case 11:  // a policy
        for (unsigned each = 1; each <= kCount; ++each) life_->put(each, standard_plan());
        break;
      case 12:
        life_->freeze(std::chrono::minutes(5 + any(60)), any(2) == 0);
        break;
      case 13:
        life_->thaw();
        break;
      case 14:
        life_->confirm_held();
        break;
      case 15:
        leave_scope();
        break;
    }
    life_->pass(std::chrono::minutes(1 + any(20)));
  }
  void leave_scope() {
    if (fleet_.empty()) return;
    const auto left = fleet_.begin() + any(static_cast<unsigned>(fleet_.size()));
    const DesiredSubscription was = *left;
    fleet_.erase(left);
    life_->leave_scope(fleet_, was);
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
    life_->list(fleet_);
    life_->count(seen);
    const std::string before = life_->report();
    const std::string known = life_->report_from_memory();
    const std::string saved = life_->saved();
    auto next = std::make_unique<Life>();
    next->copy_world(*life_);
    next->confirm(life_->confirmed());
    next->restore(saved);
    next->declare_only(fleet_);
    EXPECT_EQ(next->report_from_memory(), known) << "before anything was observed";
    next->expect_not_newer_than(*life_);
    EXPECT_TRUE(next->saved() == saved) << "a restart before that loses nothing";
    next->work_on();
    next->list(fleet_);
    EXPECT_EQ(next->report(), before);
    life_ = std::move(next);
  }

  std::mt19937 random_;
  std::unique_ptr<Life> life_ = std::make_unique<Life>();
  std::vector<DesiredSubscription> all_;
  std::vector<DesiredSubscription> fleet_;
};

TEST(RestartModel, ReportsTheSameAsBefore) {
  Tally seen;
  for (unsigned seed = 1; seed <= 60 && !testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    World(seed).run(seen);
  }
  expect_tried(seen,
               {{"restart", 500},   {"in_sync", 5},        {"drifted", 5},     {"held", 5},
                {"contested", 5},   {"failing", 5},        {"incident", 5},    {"departed", 5},
                {"unproven", 5},    {"unconfirmed", 5},    {"last change", 5}, {"question", 5},
                {"actor", 5},       {"ended incident", 5}, {"freeze", 5},      {"spent code", 5},
                {"corrections", 5}, {"brake's window", 5}, {"NotDeclared", 5}, {"LeftScope", 5}});
}

}  // namespace
}  // namespace defenderd
