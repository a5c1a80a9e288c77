#pragma once
// The codes that have let their changes through. A code works once, also where it stays in the
// settings, and also after a restart. Pure.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace defenderd {

class SpentCodes {
 public:
  // Of so many the oldest is forgotten: a lifetime of confirmations.
  static constexpr std::size_t kMost = 1000;

  // Codes are compared without case.
  [[nodiscard]] bool contains(std::string_view code) const;
  void add(std::string_view code);

  [[nodiscard]] const std::vector<std::string>& oldest_first() const { return codes_; }

 private:
  std::vector<std::string> codes_;  // in lower case
};

}  // namespace defenderd
