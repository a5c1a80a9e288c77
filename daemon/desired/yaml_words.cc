#include "desired/yaml_words.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/scrub.h"
#include "desired/odd_character.h"

namespace defenderd {
namespace {

struct Phrase {
  std::string_view parser;  // how the parser's message starts
  std::string_view plain;
};

// The messages of yaml-cpp 0.7 and 0.8 that a person who edits a file can see.
constexpr std::array<Phrase, 21> kPhrases{{
    {"invalid unicode",
     R"(an escape that is not a character (half of a pair such as \ud83d\ude00, or above 10FFFF): )"
     "write the character itself"},
    {"end of map not found",
     "expected the next key, in the column of the keys above: is the indentation of this line "
     "wrong, or does a text need quotes?"},
    {"end of sequence not found",
     R"(expected the next "- ", in the column of those above: is the indentation of this line wrong?)"},
    {"end of map flow not found", R"(expected "," or "}": is a "}" missing?)"},
    {"end of sequence flow not found", R"(expected "," or "]": is a "]" missing?)"},
    {"illegal flow end", "a closing bracket that nothing opened"},
    {"illegal block entry", R"("- " cannot start a list here: put it on a line of its own)"},
    {"illegal map key", "a key is not allowed here"},
    {"illegal map value",
     R"(": " is not allowed here: is the indentation of this line wrong, is a space missing after the )"
     "colon above, or does a text need quotes?"},
    {"illegal tab when looking for indentation", "a tab in the indentation: use spaces"},
    {"unknown token", "a text cannot start with this character: put it in quotes"},
    {"illegal EOF in scalar",
     "the file ends inside a text in quotes: the closing quote is missing"},
    {"illegal document indicator in scalar",
     R"("---" or "..." inside a text in quotes: is the closing quote missing?)"},
    {"alias not found after *",
     R"(expected the name of an anchor after "*"; a text that starts with "*" needs quotes)"},
    {"illegal character found while scanning alias",
     R"(expected the name of an anchor after "*"; a text that starts with "*" needs quotes)"},
    {"anchor not found after &",
     R"(expected a name after "&"; a text that starts with "&" needs quotes)"},
    {"illegal character found while scanning anchor",
     R"(expected a name after "&"; a text that starts with "&" needs quotes)"},
    {"the referenced anchor is not defined",
     R"(no anchor of this name is defined above; a text that starts with "*" needs quotes)"},
    {"cannot assign multiple", "two tags, anchors or aliases on one value: keep one"},
    {"aliases can't have any content", "an alias stands for the whole value: delete the rest"},
    {"unexpected character in block scalar",
     R"(expected a line break after "|" or ">": the text starts on the next line)"},
}};

std::string_view line_at(std::string_view text, int line) {
  for (int i = 1; i < line; ++i) {
    const auto end = text.find('\n');
    if (end == std::string_view::npos) return {};
    text.remove_prefix(end + 1);
  }
  return text.substr(0, text.find('\n'));
}

// The column of a tab in the indentation of a line, or 0.
int tab_in_indentation(std::string_view line) {
  const auto word = std::min(line.find_first_not_of(" \t"), line.size());
  const auto tab = line.substr(0, word).find('\t');
  return tab == std::string_view::npos ? 0 : static_cast<int>(tab) + 1;
}

// The byte after the quote that closes the one at `open`, or npos.
std::size_t after_quoted(std::string_view text, std::size_t open) {
  const char quote = text[open];
  for (std::size_t i = open + 1; i < text.size(); ++i) {
    if (quote == '"' && text[i] == '\\') {
      ++i;
    } else if (text[i] == quote) {
      if (quote == '"' || i + 1 == text.size() || text[i + 1] != '\'') return i + 1;
      ++i;
    }
  }
  return std::string_view::npos;
}

// Skips anchors and tags before a value.
std::size_t skip_properties(std::string_view text, std::size_t at) {
  while (at < text.size() && (text[at] == '&' || text[at] == '!')) {
    at = std::min(text.find_first_of(" \t\r\n", at), text.size());
    at = std::min(text.find_first_not_of(" \t\r\n", at), text.size());
  }
  return at;
}

bool is_quote(std::string_view text, std::size_t at) {
  return at < text.size() && (text[at] == '"' || text[at] == '\'');
}

YamlProblem missing_quote(std::string_view text, std::size_t open) {
  return {place_of(text, open),
          std::string("the quote that opens here is never closed: expected another ") + text[open]};
}

}  // namespace

std::optional<YamlProblem> unclosed_quote(std::string_view text, std::size_t scalar) {
  const std::size_t open = skip_properties(text, scalar);
  if (!is_quote(text, open) || after_quoted(text, open) != std::string_view::npos) {
    return std::nullopt;
  }
  return missing_quote(text, open);
}

YamlProblem with_odd_character(std::string_view text, YamlProblem problem) {
  for (const int line : {problem.place.line, problem.place.line - 1}) {
    if (line < 1) continue;
    const std::string_view content = line_at(text, line);
    const auto odd = find_odd_character(content, OddSearch::BetweenWords);
    if (!odd) continue;
    problem.message += "; line " + std::to_string(line) + " has " + std::string(odd->name) +
                       " in column " +
                       std::to_string(count_characters(content.substr(0, odd->offset)) + 1) + ": " +
                       std::string(odd->advice);
    break;
  }
  return problem;
}

YamlProblem in_plain_words(std::string_view text, YamlProblem original, std::size_t last_scalar) {
  const std::string_view message = original.message;
  if (auto problem = unclosed_quote(text, last_scalar)) return *problem;
  if (message.starts_with("illegal EOF in scalar")) {
    for (std::size_t i = last_scalar; i < text.size(); ++i) {
      if (!is_quote(text, i)) continue;
      const std::size_t end = after_quoted(text, i);
      if (end == std::string_view::npos) return missing_quote(text, i);
      i = end - 1;
    }
  }
  if (const int tab = tab_in_indentation(line_at(text, original.place.line))) {
    return {{original.place.line, tab}, "a tab in the indentation: use spaces"};
  }
  const std::size_t open = skip_properties(text, last_scalar);
  if (is_quote(text, open)) {
    const Place from = place_of(text, open);
    const Place to = place_of(text, after_quoted(text, open) - 1);
    if (to.line == original.place.line && from.line < to.line) {
      return {from, "the quote that opens here is closed only in line " + std::to_string(to.line) +
                        ": is a quote missing in this line?"};
    }
  }
  if (message.starts_with("unknown escape character")) {
    return {original.place,
            "unknown escape in double quotes: write \\\\ for a backslash, or use "
            "single quotes"};
  }
  const auto* phrase = std::find_if(kPhrases.begin(), kPhrases.end(),
                                    [&](const Phrase& p) { return message.starts_with(p.parser); });
  if (phrase != kPhrases.end()) return {original.place, std::string(phrase->plain)};
  return {original.place, "not well-formed YAML: " + foreign_text(message, 200)};
}

}  // namespace defenderd
