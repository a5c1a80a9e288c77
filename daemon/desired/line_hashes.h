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

// The last lines, as many as needed to be unique in the text, the entries of a list
// often end in the same way.
[[nodiscard]] LineHashes unique_end(const LineHashes& lines);

// True if `text` may be `whole` with its end cut off, whatever was edited before the cut: it does
// not contain the last lines of `whole`, and where it stops, more lines follow in `whole` than in
// itself.
[[nodiscard]] bool lacks_the_end_of(const LineHashes& text, const LineHashes& whole);

// True if the last line has no line end, so it may be incomplete. A JSON document shows its end by
// its last bracket.
[[nodiscard]] bool lacks_line_end(std::string_view text);

// True for a text between braces: no prefix of it is a document.
[[nodiscard]] bool is_braced(std::string_view text);

}  // namespace defenderd
