#pragma once
// Which subscriptions are in sight and not kept, and what became of the last look: what the
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

// Why a subscription is not kept.
enum class CoverageReason {
  NotDeclared,     // nothing speaks of it
  ScopesDisagree,  // two scopes want different things
  LeftScope,       // in sight, but no longer what its scope looks for
  OutOfSight,      // a scope covered it, and the identity sees it no more
  NotEnabled,      // disabled: ARM takes no writes to it
};
inline constexpr std::array kAllCoverageReasons{
    CoverageReason::NotDeclared, CoverageReason::ScopesDisagree, CoverageReason::LeftScope,
    CoverageReason::OutOfSight, CoverageReason::NotEnabled};
[[nodiscard]] std::string_view to_text(CoverageReason reason);  // "NotDeclared"

struct CoverageRow {
  SubscriptionId id;
  std::string name = {};
  std::optional<TenantId> home = {};
  std::string state = {};  // of the subscription, as ARM says
  CoverageReason reason = CoverageReason::NotDeclared;
  std::string message = {};  // what to do
  WallTime first_seen = {};  // without being kept
  bool operator==(const CoverageRow&) const = default;
};

struct CoverageSnapshot {
  bool known = false;             // an answer has come
  std::vector<CoverageRow> rows;  // by id
  std::size_t undeclared = 0;     // of the rows: in sight and able to be kept
  std::size_t disagreed = 0;      // of the rows: left alone because scopes disagree
  std::size_t left = 0;           // of the rows: left a scope
  std::size_t scopes = 0;         // that are declared
  std::size_t covered = 0;        // subscriptions that only scopes declare
  std::optional<bool> last_good;  // whether the last look succeeded; nullopt: none has ended
  std::string error;              // of the last look; "" when it was good
  std::optional<WallTime> last_success;
};

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
