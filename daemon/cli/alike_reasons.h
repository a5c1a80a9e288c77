#pragma once
// Why subscriptions could not be read or changed: one line for all that have one cause, with their
// number and three of their names. Pure.

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/table_cell.h"

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
  [[nodiscard]] std::string with_examples(const Layout& layout) const;
  // Without names: for what a table has shown.
  [[nodiscard]] std::string without_examples(const Layout& layout) const;

 private:
  struct Group {
    Reason reason;
    std::string message;  // of the first
    std::string general;  // the same, without that subscription's id
    std::vector<std::string> examples;
    std::size_t count = 0;
    SubscriptionId last;  // which has added to it
  };
  [[nodiscard]] std::string line(const Group& group, const std::string& names,
                                 const Layout& layout) const;

  std::string title_;
  std::vector<Group> groups_;
  std::map<std::pair<Reason, std::string>, std::size_t> by_message_;  // without what may differ
};

// The name, or the id if it has none.
[[nodiscard]] std::string name_of(const DesiredSubscription& subscription);

}  // namespace defenderd
