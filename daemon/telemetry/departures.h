#pragma once
// The subscriptions that edits removed from the desired state. They are left as they are, which is
// what removing an entry means; if that was a mistake, somebody must notice it. They are remembered
// for a day, or until they are declared again.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"
#include "core/desired_state.h"
#include "core/ids.h"

namespace defenderd {

inline constexpr auto kDepartedShown = std::chrono::hours(24);

// Many: a deleted file, half a list. More than three, or a quarter of a small list.
[[nodiscard]] bool is_many_departures(std::size_t left, std::size_t declared);

// What one edit removed and is not declared again.
struct DepartedEdit {
  WallTime at = {};
  std::size_t declared = 0;  // before the edit
  std::size_t left = 0;      // removed by the edit
  bool many = false;         // with those of other edits within an hour that are not declared again
  std::map<SubscriptionId, std::string> away = {};  // with their names
  // That declared what was removed, and how many; empty: unknown, defenderd was not running.
  std::map<std::string, std::size_t> files = {};
  // What these edits removed together. Only in what edited() and while_stopped() return.
  std::size_t lately = 0;
  bool operator==(const DepartedEdit&) const = default;
};

// "teams/b.yaml (40), teams/c.yaml (2)"
[[nodiscard]] std::string text_of(const std::map<std::string, std::size_t>& files);
// For the log: how many left, and from where.
[[nodiscard]] std::string message_of(const DepartedEdit& edit);

// Thread-safe.
class Departures {
 public:
  // An edit replaced the declarations. `left` is 0 if nothing was removed.
  DepartedEdit edited(const std::vector<Declaration>& before, const std::vector<Declaration>& after,
                      WallTime now);
  // These were declared before the restart, besides `declared`, and no longer are.
  DepartedEdit while_stopped(const std::vector<SubscriptionId>& left, std::size_t declared,
                             WallTime now);
  // What is declared now: the number of those that had been removed before.
  std::size_t returned(const std::vector<Declaration>& declared, WallTime now);

  // Those to show, newest first.
  [[nodiscard]] std::vector<DepartedEdit> shown(WallTime now) const;

  struct Count {
    std::size_t few = 0;   // removed by edits that are not `many`
    std::size_t many = 0;  // by those that are
  };
  [[nodiscard]] Count count(WallTime now) const;

  // What a restart must remember, the oldest first. recall() comes before everything else.
  [[nodiscard]] std::vector<DepartedEdit> memory() const;
  void recall(std::vector<DepartedEdit> edits);
  // Increases if memory() may have changed.
  [[nodiscard]] std::uint64_t revision() const;

 private:
  DepartedEdit add(DepartedEdit edit);

  mutable Mutex mutex_;
  std::vector<DepartedEdit> edits_ GUARDED_BY(mutex_) = {};  // the oldest first
  std::uint64_t revision_ GUARDED_BY(mutex_) = 0;
};

}  // namespace defenderd
