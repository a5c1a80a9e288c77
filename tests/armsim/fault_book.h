#pragma once
// The injected faults that are still to come. Not thread-safe: the core's lock guards it.

#include <cstddef>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "armsim/fault.h"

namespace armsim {

class FaultBook {
 public:
  void add(Fault fault);
  void clear() { faults_.clear(); }
  // How many are not used up. One that is never used up counts.
  [[nodiscard]] std::size_t size() const { return faults_.size(); }
  // The faults with the hits that each has left.
  [[nodiscard]] std::vector<Fault> list() const;

  // The first fault that hits this request, which thereby is used up by one.
  [[nodiscard]] std::optional<Fault> take(Operation operation, const std::string& subscription);

 private:
  struct Entry {
    Fault fault;
    std::mt19937_64 random;
  };
  std::vector<Entry> faults_;
};

}  // namespace armsim
