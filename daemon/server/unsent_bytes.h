#pragma once
// The memory of the answers that clients have not fetched yet. A text that several answers share
// counts once, and room that was allocated counts whether or not it is filled.

#include <cstddef>
#include <unordered_map>

#include "server/answer.h"

namespace defenderd {

class UnsentBytes {
 public:
  // What it would add.
  [[nodiscard]] std::size_t cost(const WireAnswer& answer) const;
  void add(const WireAnswer& answer);
  // Once for each add().
  void remove(const WireAnswer& answer);

  [[nodiscard]] std::size_t total() const { return total_; }

 private:
  std::size_t total_ = 0;
  std::unordered_map<const Pieces*, std::size_t> shares_;
};

}  // namespace defenderd
