#pragma once
// The codes that have been used, and those that nobody used in time. A code works once, even if it
// stays in the settings, and even after a restart. Pure.

#include <cstddef>
#include <cstdint>
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

  // The changes of this code need no confirmation any more. Whoever sets it later would confirm the
  // same changes of another day without having seen them: they get another code.
  void withdraw(std::string_view code);
  [[nodiscard]] bool is_withdrawn(std::string_view code) const;
  // Neither used nor withdrawn.
  [[nodiscard]] bool is_fresh(std::string_view code) const;

  static constexpr std::size_t kMostWithdrawn = 100;
  [[nodiscard]] const std::vector<std::string>& withdrawn() const { return withdrawn_; }
  // Increases whenever that list changes.
  [[nodiscard]] std::uint64_t revision() const { return revision_; }

 private:
  std::vector<std::string> codes_;      // in lower case
  std::vector<std::string> withdrawn_;  // likewise; the oldest first
  std::uint64_t revision_ = 0;
};

}  // namespace defenderd
