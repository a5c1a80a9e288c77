#pragma once
// What a reviewer of an edit must know: each declaration that it removes, adds or changes, and
// what is dangerous about it. Judged by the files alone; a suspension that is over is none. Pure.

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "core/desired_changes.h"
#include "core/key_changes.h"

namespace defenderd {

enum class Edit : std::uint8_t { Removed, Changed, Added };
[[nodiscard]] std::string_view to_text(Edit edit);  // "removed"

// In the order in which they are shown.
enum class RedFlag : std::uint8_t {
  SwitchesOff,      // the plan or an extension is now declared off
  Leaves,           // an entry or a scope is removed, or a scope excludes a subscription
  StopsCorrecting,  // from enforce to observe, a suspension, or a switch that is not declared now
  Enforces          // what was not corrected is corrected from now on
};
inline constexpr std::array kAllRedFlags{RedFlag::SwitchesOff, RedFlag::Leaves,
                                         RedFlag::StopsCorrecting, RedFlag::Enforces};
[[nodiscard]] std::string_view to_text(RedFlag flag);  // "switchesOff"

struct ReviewItem {
  Edit edit = Edit::Changed;
  bool is_scope = false;
  SubscriptionId id = {};  // of a scope: none
  std::string name = {};
  std::string selects = {};  // of a scope: "managementGroup mg-prod, tags env=prod"
  std::string source = {};   // "file:line", in the old state if it is removed
  Mode mode = Mode::Observe;
  int wave = 0;
  std::vector<KeyChange> keys = {};
  std::set<RedFlag> flags = {};
};

struct DesiredReview {
  struct Counts {
    std::size_t removed = 0;
    std::size_t changed = 0;
    std::size_t added = 0;
  };
  Counts subscriptions = {};
  Counts scopes = {};
  std::array<std::size_t, kAllRedFlags.size()> flagged = {};  // items, by RedFlag
  std::map<int, std::size_t> waves = {};                      // items, by wave
  // Subscriptions before scopes; removed, changed, added; then in the order of the files.
  std::vector<ReviewItem> items = {};

  // Whether waves are in use.
  [[nodiscard]] bool has_waves() const {
    return waves.size() > 1 || (waves.size() == 1 && !waves.contains(0));
  }
  [[nodiscard]] std::size_t count(RedFlag flag) const {
    return flagged.at(static_cast<std::size_t>(flag));
  }
};
[[nodiscard]] DesiredReview review_edit(const DesiredState& before, const DesiredState& after,
                                        WallTime now);

}  // namespace defenderd
