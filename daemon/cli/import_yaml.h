#pragma once
// A desired state, as YAML, with the current state of subscriptions. Pure.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "arm/subscription_list.h"
#include "base/result.h"
#include "core/ids.h"
#include "core/pricing.h"

namespace defenderd {

struct ImportedSubscription {
  ListedSubscription listed;
  std::optional<Pricing> observed = {};  // nullopt: `why` has the reason
  std::string why = {};
  std::optional<std::size_t> accounts = {};  // AI accounts; nullopt: not known
};

struct ImportedState {
  std::string yaml;
  std::size_t taken = 0;     // declared
  std::size_t left_out = 0;  // only comments: their state is unknown
  std::size_t accounts = 0;  // AI accounts of all
  std::size_t with_accounts = 0;
  std::size_t without_accounts = 0;
};

// Declares what is observed, so that nothing drifts. `mode` is "observe" or "enforce";
// `tenant` is the one that was queried, if known. The Error: there is nothing to
// declare.
[[nodiscard]] Result<ImportedState> import_state(std::vector<ImportedSubscription> subscriptions,
                                                 std::string_view mode,
                                                 const std::optional<TenantId>& tenant);

// In double quotes, so that every YAML reader returns the same text. Text that is not allowed in a
// desired state (control characters, malformed UTF-8) is replaced first.
[[nodiscard]] std::string yaml_quoted(std::string_view text);

}  // namespace defenderd
