#pragma once
// The lines of a text as hashes: about a tenth of its size, and enough to see later
// whether another text lacks its end.

#include <cstdint>
#include <string_view>
#include <vector>

namespace defenderd {

// Without blank lines at the end. A last line without a line end is left out.
using LineHashes = std::vector<std::uint32_t>;
[[nodiscard]] LineHashes line_hashes(std::string_view text);

// True where `text` may be `whole` with its end cut off, whatever was edited before the cut: the
// last lines of `whole` are nowhere in it, and where it stops more lines follow in `whole` than in
// itself.
[[nodiscard]] bool lacks_the_end_of(const LineHashes& text, const LineHashes& whole);

// True where the last line has no line end, so that more of it may be to come. A JSON document
// shows its end by its last bracket.
[[nodiscard]] bool lacks_line_end(std::string_view text);

// True for a text between braces: any part of it from the start is no document.
[[nodiscard]] bool is_braced(std::string_view text);

}  // namespace defenderd
