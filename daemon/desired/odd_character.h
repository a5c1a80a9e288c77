#pragma once
// Characters that look like a blank, a hyphen or a quote, or like nothing, and are something else
// to a parser. They come from web pages, chats and word processors.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace defenderd {

struct OddCharacter {
  std::size_t offset;       // in the text that was searched
  std::size_t size;         // bytes
  std::string_view name;    // "U+00A0 NO-BREAK SPACE"
  std::string_view advice;  // "delete it, or write a space"
};

enum class OddSearch {
  All,
  BetweenWords  // not hyphens and dashes, which texts may contain
};
// The first one in well-formed UTF-8.
[[nodiscard]] std::optional<OddCharacter> find_odd_character(std::string_view text,
                                                             OddSearch search = OddSearch::All);

struct ForeignLetter {
  std::size_t offset;  // in the text that was searched
  std::string name;    // "U+043E"
};
// The first one in well-formed UTF-8 that is not ASCII: it may look like a letter that is.
[[nodiscard]] std::optional<ForeignLetter> find_foreign_letter(std::string_view text);

// One at the start or the end.
[[nodiscard]] std::optional<OddCharacter> odd_end(std::string_view text);

}  // namespace defenderd
