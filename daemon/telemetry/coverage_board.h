#pragma once
// The visible but unmanaged subscriptions and the result of the last attempt to list them: what the
// metrics, the API and the page show of the coverage.

#include <array>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"
#include "core/ids.h"

namespace defenderd {

// Why a subscription is unmanaged.
enum class CoverageReason {
  NotDeclared,     // no entry and no scope
  ScopesDisagree,  // two scopes disagree
  LeftScope,       // visible, but its scope no longer matches
  OutOfSight,      // a scope covered it, and it is no longer visible
  NotEnabled,      // disabled: ARM accepts no writes
};
inline constexpr std::array kAllCoverageReasons{
    CoverageReason::NotDeclared, CoverageReason::ScopesDisagree, CoverageReason::LeftScope,
    CoverageReason::OutOfSight, CoverageReason::NotEnabled};
[[nodiscard]] std::string_view to_text(CoverageReason reason);  // "NotDeclared"
[[nodiscard]] std::optional<CoverageReason> parse_coverage_reason(std::string_view text);

struct CoverageRow {
  SubscriptionId id;
  std::string name = {};
  std::optional<TenantId> home = {};
  std::string state = {};  // the subscription's state in ARM
  CoverageReason reason = CoverageReason::NotDeclared;
  std::string message = {};                // what to do
  WallTime first_seen = {};                // when it was first seen unmanaged
  std::optional<TenantId> listed_in = {};  // whose tokens reach it; nullopt: the default tenant
  bool operator==(const CoverageRow&) const = default;
};

struct CoverageSnapshot {
  bool known = false;             // an answer has arrived
  std::vector<CoverageRow> rows;  // by id
  std::size_t undeclared = 0;     // of the rows: visible and manageable
  std::size_t disagreed = 0;      // of the rows: left as they are because scopes disagree
  std::size_t left = 0;           // of the rows: left a scope
  struct LeftRow {
    CoverageReason reason = CoverageReason::LeftScope;  // now
    WallTime at = {};
  };
  std::vector<LeftRow> left_rows = {};  // when each of these left
  std::size_t scopes = 0;               // declared scopes
  std::size_t covered = 0;              // subscriptions that only scopes declare
  // What each scope selects, by its name or place, and its text; of those whose tenant was listed.
  struct ScopeRow {
    std::string scope;
    std::string text;
    std::size_t subscriptions = 0;
  };
  std::vector<ScopeRow> by_scope = {};
  std::optional<bool> last_good;  // whether the last attempt succeeded; nullopt: none has ended
  std::string error;              // of the last attempt; "" if it succeeded
  std::optional<WallTime> last_success;
};

// How many left a scope within the last day, by CoverageReason. It depends on the time, because the
// next listing may be days away.
[[nodiscard]] std::array<std::size_t, kAllCoverageReasons.size()> left_lately(
    const CoverageSnapshot& coverage, WallTime now);

// Thread-safe.
class CoverageBoard {
 public:
  void set(CoverageSnapshot snapshot);
  // Never nullptr.
  [[nodiscard]] std::shared_ptr<const CoverageSnapshot> snapshot() const;

 private:
  mutable Mutex mutex_;
  std::shared_ptr<const CoverageSnapshot> current_ GUARDED_BY(mutex_) =
      std::make_shared<const CoverageSnapshot>();
};

}  // namespace defenderd
