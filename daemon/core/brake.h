#pragma once
// The brake: where more of one direction is wanted at once than a limit allows, all of it is held
// until a person confirms exactly that. Switching protection off is the dangerous direction;
// switching on costs money. Pure.

#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/diff.h"
#include "core/ids.h"

namespace defenderd {

enum class BrakeKind { Disable, Enable };

// Of what is wanted of one subscription, what counts for the brake of that kind. What changes
// together with a plan that goes on counts with the plan as one, as does what goes off with it.
[[nodiscard]] std::vector<Field> counted(BrakeKind kind, const std::vector<Drift>& wanted);

struct BrakeChange {
  SubscriptionId subscription;
  Field field;
  auto operator<=>(const BrakeChange&) const = default;
};

// Counts what is wanted now and what was applied lately, which is until a whole sweep has passed
// since, so that a few at a time do not slip through. Not thread-safe: its owner locks.
class Brake {
 public:
  explicit Brake(BrakeKind kind) : kind_(kind) {}

  // nullopt: nothing is ever held.
  void set_limit(std::optional<int> limit) { limit_ = limit; }

  // All that is wanted of this subscription; replaces what was wanted of it before.
  void want(SubscriptionId id, const std::vector<Field>& fields);
  void applied(SubscriptionId id, const Field& field);
  // It is no longer declared.
  void forget(SubscriptionId id);
  void end_sweep();

  [[nodiscard]] bool holds() const;
  // Whether this change is among those that are held now.
  [[nodiscard]] bool holds(SubscriptionId id, const Field& field) const;
  [[nodiscard]] bool is_confirmed(SubscriptionId id, const Field& field) const;
  [[nodiscard]] std::size_t held() const { return holds() ? pending_ : 0; }
  // Grows whenever what would be held is another set.
  [[nodiscard]] std::uint64_t revision() const { return revision_; }

  // The held changes as sorted lines "<subscription> <field> off", from which their code is made.
  [[nodiscard]] std::string held_text() const;

  // Lets exactly what is held now through; each until it was applied or is no longer wanted.
  void confirm();

  // For people: how many, the limit, the code, and what to write.
  [[nodiscard]] std::string message(std::string_view code) const;

 private:
  struct Entry {
    Field field;
    bool wanted = false;
    int applied = 0;  // for so many ends of a sweep this still counts
    bool confirmed = false;
  };
  using Entries = std::vector<Entry>;

  [[nodiscard]] const Entry* find(SubscriptionId id, const Field& field) const;
  void add(const Entries& entries);
  void subtract(const Entries& entries);
  void drop_if_idle(SubscriptionId id);

  BrakeKind kind_;
  std::optional<int> limit_;
  std::unordered_map<SubscriptionId, Entries> entries_;
  std::size_t pending_ = 0;  // wanted and not confirmed
  std::size_t counted_ = 0;  // these, and what was applied lately unconfirmed
  std::uint64_t revision_ = 0;
};

}  // namespace defenderd
