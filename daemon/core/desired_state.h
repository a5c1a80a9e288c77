#pragma once
// What the YAML declares, after defaults were applied: one value per subscription, and one per
// scope, which covers subscriptions that are not listed (core/scope.h).

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/rare.h"
#include "base/shared.h"
#include "core/finding.h"
#include "core/ids.h"

namespace defenderd {

enum class Mode : std::uint8_t { Enforce, Observe };
inline constexpr std::array kAllModes{Mode::Enforce, Mode::Observe};
[[nodiscard]] constexpr std::string_view to_text(Mode mode) {  // as in the YAML
  return mode == Mode::Enforce ? "enforce" : "observe";
}

// What to do with extensions that the YAML does not mention: leave them, or keep them off.
enum class UnnamedExtensions : std::uint8_t { Leave, Off };

struct DesiredExtension {
  std::string name;  // as ARM spells it
  bool on = false;
  bool operator==(const DesiredExtension&) const = default;
};

// No writes until `until`; still observed. Expires automatically.
struct Suspension {
  WallTime until;
  std::string reason = {};
  std::string by = {};
  bool operator==(const Suspension&) const = default;
};

struct DesiredSubscription {
  SubscriptionId id;
  std::string name = {};                // display name; may be empty
  std::optional<TenantId> tenant = {};  // nullopt: the default tenant
  Mode mode = Mode::Observe;
  bool plan = false;
  std::uint8_t wave = 0;  // 0 to 99; earlier ones are written first (core/rollout.h)
  UnnamedExtensions unnamed_extensions = UnnamedExtensions::Leave;
  std::vector<DesiredExtension> extensions = {};  // sorted by name without case, each name once
  Rare<Suspension> suspend = {};
  Rare<std::vector<AcceptedFinding>> accepted = {};
  std::optional<Duration> interval = {};  // overrides poll.interval
  std::string reason = {};                // free text for people
  std::string owner = {};                 // free text for people
  // Of further scopes that cover it and declare the same: freezes for them concern it too.
  Rare<std::vector<std::string>> other_owners = {};
  std::string source = {};  // "file:line" or the scope's text, for people

  // nullopt if the YAML does not mention it.
  [[nodiscard]] std::optional<bool> extension(std::string_view extension_name) const;

  bool operator==(const DesiredSubscription&) const = default;
};

// What one entry or scope declares, shared by everything that holds it: for ten thousand
// subscriptions it is most of the memory.
using Declaration = Shared<DesiredSubscription>;

// Equality except for the position in the file, which changes when a line is added above.
[[nodiscard]] bool same_declaration(const DesiredSubscription& a, const DesiredSubscription& b);

// As in Azure: names are case-insensitive, values are not.
struct Tag {
  std::string name;
  std::string value;
  bool operator==(const Tag&) const = default;
};

// Declares the subscriptions in a management group, with given tags, or all visible ones. If both
// are set, both must match; if neither is, all_visible is true.
struct Scope {
  std::string name = {};              // display name; may be empty
  std::string management_group = {};  // its id, case-insensitive; "" is none
  std::vector<Tag> tags = {};         // all must match
  bool all_visible = false;
  std::vector<SubscriptionId> exclude = {};  // sorted
  // Applies to each of them. Its tenant is where they are listed; id and name are unused.
  DesiredSubscription declares = {};
  bool operator==(const Scope&) const = default;
};

struct DesiredState {
  std::vector<Declaration> subscriptions;  // in the order of the files, ids unique
  std::string hash;                        // of the files' content, hexadecimal
  std::vector<Scope> scopes = {};          // in the order of the files
  std::string commit = {};                 // that the files come from; "" if that is not known
  bool operator==(const DesiredState&) const = default;
};

// Shares the declarations of `held` that are equal to those of `fresh`, so that each is in memory
// once.
void share_equals(std::vector<Declaration>& fresh, const std::vector<Declaration>& held);

}  // namespace defenderd
