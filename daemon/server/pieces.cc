#include "server/pieces.h"

#include <algorithm>
#include <cstring>
#include <string>

namespace defenderd {
namespace {

// The first is small, because a small fleet's text is; each is twice as large as the previous.
constexpr std::size_t kFirst = std::size_t{32} << 10U;
constexpr std::size_t kLargest = std::size_t{512} << 10U;

}  // namespace

void Pieces::add(std::string_view text) {
  while (!text.empty()) {
    if (pieces_.empty() || pieces_.back().used == pieces_.back().room) {
      const std::size_t room =
          pieces_.empty() ? kFirst : std::min(2 * pieces_.back().room, kLargest);
      pieces_.push_back({std::make_unique_for_overwrite<char[]>(room), size_, 0, room});  // NOLINT
      capacity_ += room;
    }
    Piece& last = pieces_.back();
    const std::size_t count = std::min(text.size(), last.room - last.used);
    std::memcpy(last.bytes.get() + last.used, text.data(), count);
    last.used += count;
    size_ += count;
    text.remove_prefix(count);
  }
}

std::string_view Pieces::from(std::size_t offset) const {
  if (offset >= size_) return {};
  const auto behind =
      std::upper_bound(pieces_.begin(), pieces_.end(), offset,
                       [](std::size_t at, const Piece& piece) { return at < piece.begin; });
  const Piece& piece = *(behind - 1);
  return std::string_view(piece.bytes.get(), piece.used).substr(offset - piece.begin);
}

std::string Pieces::text() const {
  std::string result;
  result.reserve(size_);
  for (const Piece& piece : pieces_) result.append(piece.bytes.get(), piece.used);
  return result;
}

}  // namespace defenderd
