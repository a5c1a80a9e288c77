#pragma once
// Why subscriptions could not be read or changed: one line for all that have one cause, with their
// number and three of their names. Pure.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "core/desired_state.h"
#include "core/reason.h"

namespace defenderd {

// Messages that differ only in ids, times and other numbers are alike.
class AlikeReasons {
 public:
  // "Forbidden", or with a title, "not readable (Forbidden)".
  explicit AlikeReasons(std::string title = {}) : title_(std::move(title)) {}

  void add(const DesiredSubscription& subscription, Reason reason, const std::string& message);
  [[nodiscard]] bool empty() const { return groups_.empty(); }

  // A line each, the largest group first.
  [[nodiscard]] std::string with_examples(bool colors) const;
  // Without names: for what a table has shown.
  [[nodiscard]] std::string without_examples(bool colors) const;

 private:
  struct Group {
    Reason reason;
    std::string alike;    // the message without what may differ
    std::string message;  // of the first
    std::string general;  // the same, without that subscription's id
    std::vector<std::string> examples;
    std::size_t count = 0;
    SubscriptionId last;  // which has added to it
  };
  [[nodiscard]] std::string head(const Group& group, bool colors) const;

  std::string title_;
  std::vector<Group> groups_;
};

// The name, or the id if it has none.
[[nodiscard]] std::string name_of(const DesiredSubscription& subscription);

}  // namespace defenderd
