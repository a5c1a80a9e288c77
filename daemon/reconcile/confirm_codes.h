#pragma once
// The codes that confirm what waits for a person: the changes that a brake holds, or those that a
// stopped roll-out leaves behind.

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/spent_codes.h"

namespace defenderd {

// Not thread-safe: its owner locks.
class ConfirmCodes {
 public:
  // Returns hexadecimal; its first eight digits become a code.
  using Hash = std::function<std::string(std::string_view)>;
  explicit ConfirmCodes(Hash hash) : hash_(std::move(hash)) {}

  // The code of what `text` says: another one than before if that was used or withdrawn.
  [[nodiscard]] std::string code_of(std::string text, const SpentCodes& spent);
  // Nothing waits any more: the codes that nobody has used are withdrawn.
  void withdraw(SpentCodes& spent);

 private:
  const Hash hash_;
  std::vector<std::string> shown_;  // since something began to wait, the latest last
};

}  // namespace defenderd
