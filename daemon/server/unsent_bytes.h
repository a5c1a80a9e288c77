#pragma once
// The memory of answers that clients have not read yet. A text that several answers share counts
// once, and allocated room counts whether or not it is filled.

#include <cstddef>
#include <unordered_map>

#include "server/answer.h"

namespace defenderd {

class UnsentBytes {
 public:
  // The bytes that it would add.
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
