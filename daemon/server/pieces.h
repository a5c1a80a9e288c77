#pragma once
// A text in pieces that grows without being copied. Filled once, then shared by all connections
// that send it.

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace defenderd {

class Pieces {
 public:
  void add(std::string_view text);

  [[nodiscard]] std::size_t size() const { return size_; }
  // Its size in memory.
  [[nodiscard]] std::size_t capacity() const { return capacity_; }
  // From that byte to the end of its piece; "" at the end of the text.
  [[nodiscard]] std::string_view from(std::size_t offset) const;
  [[nodiscard]] std::string text() const;

 private:
  struct Piece {
    std::unique_ptr<char[]> bytes;  // NOLINT(modernize-avoid-c-arrays): not initialised
    std::size_t begin = 0;          // in the text
    std::size_t used = 0;
    std::size_t room = 0;
  };

  std::vector<Piece> pieces_;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

}  // namespace defenderd
