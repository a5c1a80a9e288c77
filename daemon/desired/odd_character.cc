#include "desired/odd_character.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>

namespace defenderd {
namespace {

constexpr std::string_view kBlank = "delete it, or write a space";
constexpr std::string_view kInvisible = "delete it";
constexpr std::string_view kHyphen = "write -";
constexpr std::string_view kDouble = "write \"";
constexpr std::string_view kSingle = "write '";

struct Row {
  std::string_view bytes;
  std::string_view name;
  std::string_view advice;
};
constexpr std::array kRows{
    Row{"\xC2\x85", "U+0085 NEXT LINE", kInvisible},
    Row{"\xC2\xA0", "U+00A0 NO-BREAK SPACE", kBlank},
    Row{"\xC2\xAD", "U+00AD SOFT HYPHEN", kInvisible},
    Row{"\xD8\x9C", "U+061C ARABIC LETTER MARK", kInvisible},
    Row{"\xE1\x9A\x80", "U+1680 OGHAM SPACE MARK", kBlank},
    Row{"\xE1\xA0\x8E", "U+180E MONGOLIAN VOWEL SEPARATOR", kInvisible},
    Row{"\xE2\x80\x80", "U+2000 EN QUAD", kBlank},
    Row{"\xE2\x80\x81", "U+2001 EM QUAD", kBlank},
    Row{"\xE2\x80\x82", "U+2002 EN SPACE", kBlank},
    Row{"\xE2\x80\x83", "U+2003 EM SPACE", kBlank},
    Row{"\xE2\x80\x84", "U+2004 THREE-PER-EM SPACE", kBlank},
    Row{"\xE2\x80\x85", "U+2005 FOUR-PER-EM SPACE", kBlank},
    Row{"\xE2\x80\x86", "U+2006 SIX-PER-EM SPACE", kBlank},
    Row{"\xE2\x80\x87", "U+2007 FIGURE SPACE", kBlank},
    Row{"\xE2\x80\x88", "U+2008 PUNCTUATION SPACE", kBlank},
    Row{"\xE2\x80\x89", "U+2009 THIN SPACE", kBlank},
    Row{"\xE2\x80\x8A", "U+200A HAIR SPACE", kBlank},
    Row{"\xE2\x80\x8B", "U+200B ZERO WIDTH SPACE", kInvisible},
    Row{"\xE2\x80\x8C", "U+200C ZERO WIDTH NON-JOINER", kInvisible},
    Row{"\xE2\x80\x8D", "U+200D ZERO WIDTH JOINER", kInvisible},
    Row{"\xE2\x80\x8E", "U+200E LEFT-TO-RIGHT MARK", kInvisible},
    Row{"\xE2\x80\x8F", "U+200F RIGHT-TO-LEFT MARK", kInvisible},
    Row{"\xE2\x80\x90", "U+2010 HYPHEN", kHyphen},
    Row{"\xE2\x80\x91", "U+2011 NON-BREAKING HYPHEN", kHyphen},
    Row{"\xE2\x80\x92", "U+2012 FIGURE DASH", kHyphen},
    Row{"\xE2\x80\x93", "U+2013 EN DASH", kHyphen},
    Row{"\xE2\x80\x94", "U+2014 EM DASH", kHyphen},
    Row{"\xE2\x80\x95", "U+2015 HORIZONTAL BAR", kHyphen},
    Row{"\xE2\x80\x98", "U+2018 LEFT SINGLE QUOTATION MARK", kSingle},
    Row{"\xE2\x80\x99", "U+2019 RIGHT SINGLE QUOTATION MARK", kSingle},
    Row{"\xE2\x80\x9A", "U+201A SINGLE LOW-9 QUOTATION MARK", kSingle},
    Row{"\xE2\x80\x9C", "U+201C LEFT DOUBLE QUOTATION MARK", kDouble},
    Row{"\xE2\x80\x9D", "U+201D RIGHT DOUBLE QUOTATION MARK", kDouble},
    Row{"\xE2\x80\x9E", "U+201E DOUBLE LOW-9 QUOTATION MARK", kDouble},
    Row{"\xE2\x80\xA8", "U+2028 LINE SEPARATOR", kInvisible},
    Row{"\xE2\x80\xA9", "U+2029 PARAGRAPH SEPARATOR", kInvisible},
    Row{"\xE2\x80\xAA", "U+202A LEFT-TO-RIGHT EMBEDDING", kInvisible},
    Row{"\xE2\x80\xAB", "U+202B RIGHT-TO-LEFT EMBEDDING", kInvisible},
    Row{"\xE2\x80\xAC", "U+202C POP DIRECTIONAL FORMATTING", kInvisible},
    Row{"\xE2\x80\xAD", "U+202D LEFT-TO-RIGHT OVERRIDE", kInvisible},
    Row{"\xE2\x80\xAE", "U+202E RIGHT-TO-LEFT OVERRIDE", kInvisible},
    Row{"\xE2\x80\xAF", "U+202F NARROW NO-BREAK SPACE", kBlank},
    Row{"\xE2\x81\x9F", "U+205F MEDIUM MATHEMATICAL SPACE", kBlank},
    Row{"\xE2\x81\xA0", "U+2060 WORD JOINER", kInvisible},
    Row{"\xE2\x81\xA6", "U+2066 LEFT-TO-RIGHT ISOLATE", kInvisible},
    Row{"\xE2\x81\xA7", "U+2067 RIGHT-TO-LEFT ISOLATE", kInvisible},
    Row{"\xE2\x81\xA8", "U+2068 FIRST STRONG ISOLATE", kInvisible},
    Row{"\xE2\x81\xA9", "U+2069 POP DIRECTIONAL ISOLATE", kInvisible},
    Row{"\xE2\x88\x92", "U+2212 MINUS SIGN", kHyphen},
    Row{"\xE3\x80\x80", "U+3000 IDEOGRAPHIC SPACE", kBlank},
    Row{"\xEF\xB9\xA3", "U+FE63 SMALL HYPHEN-MINUS", kHyphen},
    Row{"\xEF\xBB\xBF", "U+FEFF ZERO WIDTH NO-BREAK SPACE", kInvisible},
    Row{"\xEF\xBC\x8D", "U+FF0D FULLWIDTH HYPHEN-MINUS", kHyphen},
};

OddCharacter at(const Row& row, std::size_t offset) {
  return {offset, row.bytes.size(), row.name, row.advice};
}

}  // namespace

std::optional<OddCharacter> find_odd_character(std::string_view text, OddSearch search) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (static_cast<unsigned char>(text[i]) < 0xC0) continue;
    for (const Row& row : kRows) {
      const bool wanted = search == OddSearch::All || row.advice != kHyphen;
      if (wanted && text.substr(i).starts_with(row.bytes)) return at(row, i);
    }
  }
  return std::nullopt;
}

std::optional<ForeignLetter> find_foreign_letter(std::string_view text) {
  const auto* const found = std::find_if(
      text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) >= 0xC0; });
  if (found == text.end()) return std::nullopt;
  const auto offset = static_cast<std::size_t>(found - text.begin());
  const auto first = static_cast<unsigned char>(*found);
  const std::size_t more = first < 0xE0 ? 1 : first < 0xF0 ? 2 : 3;
  std::uint32_t code_point = first & (0x3FU >> more);
  for (const char c : text.substr(offset + 1, more))
    code_point = code_point << 6U | (static_cast<unsigned char>(c) & 0x3FU);
  std::array<char, 16> name{};
  std::snprintf(name.data(), name.size(), "U+%04X", static_cast<unsigned>(code_point));
  return ForeignLetter{offset, name.data()};
}

std::optional<OddCharacter> odd_end(std::string_view text) {
  for (const Row& row : kRows) {
    if (text.starts_with(row.bytes)) return at(row, 0);
    if (text.ends_with(row.bytes)) return at(row, text.size() - row.bytes.size());
  }
  return std::nullopt;
}

}  // namespace defenderd
