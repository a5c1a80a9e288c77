#pragma once
// GUIDs of subscriptions and tenants: case-insensitive, always shown in lower case.

#include <array>
#include <bit>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace defenderd {

// 16 bytes, so a hundred thousand of them are cheap. Tag distinguishes the kinds.
template <class Tag>
class Guid {
 public:
  // "6f2b9a52-3f0e-4c83-9a4b-0d9d8c8f3c11" in either case; nullopt for anything else.
  [[nodiscard]] static std::optional<Guid> parse(std::string_view text);
  [[nodiscard]] std::string text() const;

  auto operator<=>(const Guid&) const = default;

  [[nodiscard]] std::size_t hash() const {
    // Combines two halves, each multiplied by an odd number, so that no bit of either is lost.
    const auto [low, high] = std::bit_cast<std::array<std::uint64_t, 2>>(bytes_);
    const std::uint64_t mixed = (low * 0x9E3779B97F4A7C15ULL) ^ (high * 0xC2B2AE3D27D4EB4FULL);
    return static_cast<std::size_t>(mixed ^ (mixed >> 29U));
  }

 private:
  std::array<std::uint8_t, 16> bytes_{};
};

struct SubscriptionTag {};
struct TenantTag {};
using SubscriptionId = Guid<SubscriptionTag>;
using TenantId = Guid<TenantTag>;

extern template class Guid<SubscriptionTag>;
extern template class Guid<TenantTag>;

}  // namespace defenderd

template <class Tag>
struct std::hash<defenderd::Guid<Tag>> {
  std::size_t operator()(const defenderd::Guid<Tag>& guid) const noexcept { return guid.hash(); }
};
