#pragma once
// The parts of the daemon over plans in memory, wired as Daemon wires them, without files, Azure
// and the server.

#include <chrono>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "app/actor_watch.h"
#include "app/declared_fleet.h"
#include "app/freeze_watch.h"
#include "app/graph_watch.h"
#include "app/outcome_recorder.h"
#include "app/recorded.h"
#include "desired/content_hash.h"
#include "reconcile/attributor.h"
#include "reconcile/freezes.h"
#include "reconcile/reconciler.h"
#include "support/builders.h"
#include "support/fake_activity_log.h"
#include "support/fake_bulk_store.h"
#include "support/fake_plan_store.h"
#include "support/fleets.h"

namespace defenderd {

class WiredFleet : public Recorded {
 protected:
  static DesiredState state_of(const std::vector<DesiredSubscription>& subscriptions,
                               std::string hash = "1111") {
    return {declarations(subscriptions), std::move(hash)};
  }
  // Declares them, and works on everything that is due now.
  void declare(const std::vector<DesiredSubscription>& subscriptions, std::string hash = "1111") {
    fleet_.declare(state_of(subscriptions, std::move(hash)));
    recorder_.declared();
    freeze_watch_.fleet_declared(fleet_complete_);
    work();
  }
  void work() {
    while (controller_.step()) {
    }
  }
  [[nodiscard]] std::shared_ptr<const StatusRow> row(unsigned n) const {
    return board_.find(subscription_id(n));
  }

  FakePlanStore store_;
  FakeBulkStore bulk_{store_};
  std::vector<JournalLine> journaled_;
  std::function<void()> on_journal_ = {};
  bool fleet_known_ = true;
  bool fleet_complete_ = true;
  std::set<SubscriptionId> may_be_covered_ = {};

  std::unique_ptr<Journal> journal_ = *Journal::open(journal_options(), clock_, log_);
  Incidents incidents_{clock_};
  OutcomeLog outcome_log_{log_, incidents_};
  Departures departures_;
  ShareHistory shares_;
  EventHistory events_;
  Freezes freezes_{clock_};
  const WritePermit permit_ = WritePermit().unless_frozen(freezes_);
  Safety safety_{clock_, permit_, {}, hooks()};
  Reconciler reconciler_{store_, clock_, {.permit = permit_, .safety = safety_.check()}};
  GraphWatch graph_{metrics_, log_, true};
  FakeActivityLog activity_;
  ActorWatch actor_watch_{{*journal_, board_, metrics_, log_, [this](ActorQuestion question) {
                             attributor_.ask(std::move(question));
                           }}};
  Attributor attributor_{activity_, clock_, {}, actor_watch_.listener()};
  OutcomeRecorder recorder_{{*journal_, board_, metrics_, outcome_log_, safety_, departures_,
                             shares_, graph_, actor_watch_, log_, clock_,
                             [this] { return fleet_known_; },
                             [this] { return fleet_known_ && fleet_complete_; },
                             [this](SubscriptionId id) { return may_be_covered_.contains(id); }}};
  Controller controller_{reconciler_,
                         clock_,
                         {},
                         [] { return 0.5; },
                         recorder_.listener(),
                         {.workers = 1, .schedule = kSchedule}};
  BulkSweeper sweeper_{controller_, bulk_, clock_, std::chrono::minutes(5), graph_.listener()};
  DeclaredFleet fleet_{{*journal_, safety_, board_, controller_, sweeper_, outcome_log_,
                        departures_, log_, clock_, coverage_},
                       Settings{}};
  int saves_ = 0;
  Result<Done> save_ = Done{};
  FreezeWatch freeze_watch_{{freezes_, board_, *journal_, log_, clock_,
                             [this](SubscriptionId id) { controller_.reconcile_now(id); },
                             [this] {
                               ++saves_;
                               return save_;
                             }}};

 private:
  Journal::Options journal_options() {
    Journal::Options options;
    options.on_line = [this](const JournalLine& line) {
      journaled_.push_back(line);
      events_.record(line);
      if (on_journal_) on_journal_();
    };
    return options;
  }
  Safety::Hooks hooks() {
    Safety::Hooks hooks;
    hooks.hash = [](std::string_view text) { return content_hash({text}); };
    hooks.make_due = [this](const std::vector<SubscriptionId>& ids) {
      for (const SubscriptionId id : ids) controller_.reconcile_now(id);
    };
    hooks.report = [](const BrakeNotice&) {};
    hooks.last_writer = [this](SubscriptionId id, const Field& field) {
      return last_writer(board_, id, field);
    };
    return hooks;
  }
};

}  // namespace defenderd
