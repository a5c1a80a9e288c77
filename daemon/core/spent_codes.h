#pragma once
// The codes that have been used. A code works once, even if it stays in the settings, and even
// after a restart. Pure.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace defenderd {

class SpentCodes {
 public:
  // Beyond this the oldest is forgotten: enough for a lifetime of confirmations.
  static constexpr std::size_t kMost = 1000;

  // Codes are case-insensitive.
  [[nodiscard]] bool contains(std::string_view code) const;
  void add(std::string_view code);

  [[nodiscard]] const std::vector<std::string>& oldest_first() const { return codes_; }

 private:
  std::vector<std::string> codes_;  // in lower case
};

}  // namespace defenderd
