#pragma once
// What the YAML declares, after defaults were applied: one value per subscription, and one per
// scope, which stands for subscriptions that nobody listed (core/scope.h).

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/shared.h"
#include "core/ids.h"

namespace defenderd {

enum class Mode { Enforce, Observe };

// What to do with extensions that the YAML does not name: leave them as found, or keep them off.
enum class UnnamedExtensions { Leave, Off };

struct DesiredExtension {
  std::string name;  // as ARM spells it
  bool on = false;
  bool operator==(const DesiredExtension&) const = default;
};

// No writes until `until`; still observed. Ends by itself.
struct Suspension {
  WallTime until;
  std::string reason = {};
  std::string by = {};
  bool operator==(const Suspension&) const = default;
};

struct DesiredSubscription {
  SubscriptionId id;
  std::string name = {};                // for people; may be empty
  std::optional<TenantId> tenant = {};  // nullopt: the default tenant
  Mode mode = Mode::Observe;
  bool plan = false;
  std::vector<DesiredExtension> extensions = {};  // sorted by name without case, each name once
  UnnamedExtensions unnamed_extensions = UnnamedExtensions::Leave;
  std::optional<Suspension> suspend = {};
  std::optional<Duration> interval = {};  // overrides poll.interval
  std::string reason = {};                // free text for people
  std::string owner = {};                 // free text for people
  std::string source = {};                // "file:line" or the scope's text, for people

  // nullopt when the YAML does not name it.
  [[nodiscard]] std::optional<bool> extension(std::string_view extension_name) const;

  bool operator==(const DesiredSubscription&) const = default;
};

// What one place declares, wherever in the program it is held: for ten thousand subscriptions it is
// most of what there is to remember.
using Declaration = Shared<DesiredSubscription>;

// Equal but for the place in the file, which moves when a line is added above.
[[nodiscard]] bool same_declaration(const DesiredSubscription& a, const DesiredSubscription& b);

// As Azure has it: names are compared without case, values exactly.
struct Tag {
  std::string name;
  std::string value;
  bool operator==(const Tag&) const = default;
};

// Declares the subscriptions that are in a management group, that have tags, or all in sight. Where
// it names both, both must be so; where it names neither, all_visible is true.
struct Scope {
  std::string name = {};              // for people; may be empty
  std::string management_group = {};  // its id, compared without case; "" is none
  std::vector<Tag> tags = {};         // each must be there
  bool all_visible = false;
  std::vector<SubscriptionId> exclude = {};  // sorted
  // What holds for each of them. Its tenant is the one to look through; id and name say nothing.
  DesiredSubscription declares = {};
  bool operator==(const Scope&) const = default;
};

struct DesiredState {
  std::vector<Declaration> subscriptions;  // in the order of the files, ids unique
  std::string hash;                        // of the files' content, hexadecimal
  std::vector<Scope> scopes = {};          // in the order of the files
  bool operator==(const DesiredState&) const = default;
};

// Where `fresh` declares of a subscription what `held` does, it takes over the very same
// declaration, so that its own is not remembered beside that.
void share_equals(std::vector<Declaration>& fresh, const std::vector<Declaration>& held);

}  // namespace defenderd
