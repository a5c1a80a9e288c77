#include "armsim/kql.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <optional>
#include <utility>

#include "base/text.h"

namespace armsim {
namespace {

using defenderd::Error;
using defenderd::iequals;
using defenderd::Result;
using defenderd::to_lower;
using defenderd::Unexpected;

struct Lexeme {
  enum class Kind { Word, Text, Number, Sign, End };
  Kind kind = Kind::End;
  std::string text{};
};

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

std::optional<std::vector<Lexeme>> tokens_of(std::string_view text) {
  std::vector<Lexeme> tokens;
  for (std::size_t at = 0; at < text.size();) {
    const char c = text[at];
    if (std::isspace(static_cast<unsigned char>(c)) != 0) {
      ++at;
    } else if (c == '\'' || c == '"') {
      const std::size_t end = text.find(c, at + 1);
      if (end == std::string_view::npos) return std::nullopt;
      tokens.push_back({Lexeme::Kind::Text, std::string(text.substr(at + 1, end - at - 1))});
      at = end + 1;
    } else if (is_word(c)) {
      std::size_t end = at;
      while (end < text.size() && is_word(text[end])) ++end;
      const std::string_view word = text.substr(at, end - at);
      const bool number = std::isdigit(static_cast<unsigned char>(c)) != 0;
      // The operators without case end in a tilde: in~; and so does mv-expand have a dash.
      std::string spelled(word);
      if (word == "in" && end < text.size() && text[end] == '~') spelled += text[end++];
      if (iequals(word, "mv") && text.substr(end, 7) == "-expand") {
        spelled = "mv-expand";
        end += 7;
      }
      tokens.push_back({number ? Lexeme::Kind::Number : Lexeme::Kind::Word, std::move(spelled)});
      at = end;
    } else {
      const std::string_view two = text.substr(at, 2);
      const bool pair = two == "=~" || two == "==" || two == "!=" || two == "!~";
      tokens.push_back({Lexeme::Kind::Sign, std::string(text.substr(at, pair ? 2 : 1))});
      at += pair ? 2 : 1;
    }
  }
  tokens.push_back({});
  return tokens;
}

using Value = std::function<Json(const Json& row)>;
using Condition = std::function<bool(const Json& row)>;

std::string text_of(const Json& value) {
  if (value.is_null()) return "";
  return value.is_string() ? value.get<std::string>() : value.dump();
}

bool has_text(const std::string& text, const std::string& part) {
  return to_lower(text).find(to_lower(part)) != std::string::npos;
}

bool compare(const std::string& sign, const std::string& a, const std::string& b) {
  if (sign == "==") return a == b;
  if (sign == "!=") return a != b;
  if (sign == "=~") return iequals(a, b);
  if (sign == "!~") return !iequals(a, b);
  return has_text(a, b);  // contains, has
}

}  // namespace

class KqlParser {
 public:
  explicit KqlParser(std::vector<Lexeme> tokens) : tokens_(std::move(tokens)) {}

  Result<Kql> parse() {
    if (peek().kind != Lexeme::Kind::Word) return refused();
    query_.table_ = to_lower(take().text);
    while (ok_ && peek().kind != Lexeme::Kind::End) {
      if (!accept("|")) return refused();
      stage();
    }
    if (!ok_) return refused();
    return std::move(query_);
  }

 private:
  [[nodiscard]] const Lexeme& peek() const { return tokens_[at_]; }
  Lexeme take() {
    Lexeme token = tokens_[at_];
    if (at_ + 1 < tokens_.size()) ++at_;
    return token;
  }
  bool accept(std::string_view text) {
    const bool is_name = peek().kind == Lexeme::Kind::Word || peek().kind == Lexeme::Kind::Sign;
    if (!is_name || !iequals(peek().text, text)) return false;
    take();
    return true;
  }
  void expect(std::string_view text) { ok_ = accept(text) && ok_; }
  Unexpected<Error> refused() const {
    return Unexpected(Error{"ParserFailure: unexpected '" + peek().text + "'"});
  }

  void stage() {
    if (accept("where")) {
      where();
    } else if (accept("extend")) {
      columns(false);
    } else if (accept("project")) {
      columns(true);
    } else if (accept("order") || accept("sort")) {
      expect("by");
      order();
    } else if (accept("limit") || accept("take")) {
      limit();
    } else if (accept("mv-expand")) {
      expand();
    } else {
      ok_ = false;
    }
  }

  void where() {
    const std::size_t from = at_;
    Condition holds = any_of();
    note_names(from);
    query_.stages_.emplace_back([holds = std::move(holds)](std::vector<Json>& rows) {
      std::erase_if(rows, [&](const Json& row) { return !holds(row); });
    });
  }

  // "name =~ 'X'" among conditions that must all hold.
  void note_names(std::size_t from) {
    const auto begin = tokens_.begin() + static_cast<std::ptrdiff_t>(from);
    const auto end = tokens_.begin() + static_cast<std::ptrdiff_t>(at_);
    if (std::any_of(begin, end, [](const Lexeme& token) {
          return token.kind == Lexeme::Kind::Word &&
                 (iequals(token.text, "or") || iequals(token.text, "not"));
        })) {
      return;
    }
    for (std::size_t i = from; i + 2 < at_; ++i) {
      const bool whole = i == from || tokens_[i - 1].text != ".";
      if (whole && iequals(tokens_[i].text, "name") &&
          (tokens_[i + 1].text == "=~" || tokens_[i + 1].text == "==") &&
          tokens_[i + 2].kind == Lexeme::Kind::Text) {
        query_.names_ = {to_lower(tokens_[i + 2].text)};
      }
    }
  }

  Condition any_of() {
    Condition result = all_of();
    while (accept("or")) {
      result = [a = std::move(result), b = all_of()](const Json& row) { return a(row) || b(row); };
    }
    return result;
  }

  Condition all_of() {
    Condition result = one();
    while (accept("and")) {
      result = [a = std::move(result), b = one()](const Json& row) { return a(row) && b(row); };
    }
    return result;
  }

  Condition one() {
    if (!ok_ || ++depth_ > 50) {
      ok_ = false;
      return [](const Json&) { return false; };
    }
    if (accept("(")) return closed(any_of());
    if (accept("not")) {
      expect("(");
      return [holds = closed(any_of())](const Json& row) { return !holds(row); };
    }
    for (const bool empty : {true, false}) {
      if (!accept(empty ? "isempty" : "isnotempty")) continue;
      expect("(");
      Value argument = value();
      expect(")");
      return [argument = std::move(argument), empty](const Json& row) {
        return text_of(argument(row)).empty() == empty;
      };
    }
    return comparison();
  }

  Condition closed(Condition inner) {
    expect(")");
    return inner;
  }

  Condition comparison() {
    Value left = value();
    const bool loose = peek().text == "in~";
    if (accept("in~") || accept("in")) return one_of(std::move(left), loose);
    for (const char* const sign : {"==", "!=", "=~", "!~", "contains", "has"}) {
      if (!accept(sign)) continue;
      return [left = std::move(left), right = value(), sign = std::string(sign)](const Json& row) {
        return compare(sign, text_of(left(row)), text_of(right(row)));
      };
    }
    ok_ = false;
    return [](const Json&) { return false; };
  }

  Condition one_of(Value left, bool loose) {
    expect("(");
    std::set<std::string> texts;
    do {
      const Lexeme token = take();
      ok_ = ok_ && token.kind == Lexeme::Kind::Text;
      texts.insert(loose ? to_lower(token.text) : token.text);
    } while (ok_ && accept(","));
    expect(")");
    return [left = std::move(left), texts = std::move(texts), loose](const Json& row) {
      const std::string text = text_of(left(row));
      return texts.contains(loose ? to_lower(text) : text);
    };
  }

  Value value() {
    const Lexeme token = take();
    if (token.kind == Lexeme::Kind::Text || token.kind == Lexeme::Kind::Number)
      return [text = token.text](const Json&) { return Json(text); };
    if (token.kind != Lexeme::Kind::Word) ok_ = false;
    if (peek().text == "(") return call(token.text);
    std::vector<std::string> path{token.text};
    while (ok_) {
      if (accept(".")) {
        path.push_back(take().text);
      } else if (accept("[")) {
        path.push_back(take().text);
        expect("]");
      } else {
        break;
      }
    }
    last_path_ = path;
    return [path = std::move(path)](const Json& row) {
      const Json* found = &row;
      for (const std::string& name : path) {
        if (!found->is_object() || !found->contains(name)) return Json();
        found = &(*found)[name];
      }
      return *found;
    };
  }

  Value call(const std::string& function) {
    expect("(");
    if (++depth_ > 50) ok_ = false;
    Value argument = ok_ ? value() : Value([](const Json&) { return Json(); });
    expect(")");
    const bool lower = iequals(function, "tolower");
    ok_ = ok_ && (lower || iequals(function, "tostring"));
    return [argument = std::move(argument), lower](const Json& row) {
      const std::string text = text_of(argument(row));
      return Json(lower ? to_lower(text) : text);
    };
  }

  // name, path (named a_b), or name = value.
  std::pair<std::string, Value> column() {
    const std::size_t begin = at_;
    if (peek().kind == Lexeme::Kind::Word && tokens_[begin + 1].text == "=") {
      std::string name = take().text;
      take();
      return {std::move(name), value()};
    }
    Value taken = value();
    std::string name;
    for (const std::string& part : last_path_) name += (name.empty() ? "" : "_") + part;
    return {std::move(name), std::move(taken)};
  }

  void columns(bool only) {
    std::vector<std::pair<std::string, Value>> list;
    do list.push_back(column());
    while (ok_ && accept(","));
    query_.stages_.emplace_back([list = std::move(list), only](std::vector<Json>& rows) {
      for (Json& row : rows) {
        Json result = only ? Json::object() : row;
        for (const auto& [name, taken] : list) result[name] = taken(row);
        row = std::move(result);
      }
    });
  }

  void order() {
    Value key = value();
    const bool ascending = accept("asc");
    if (!ascending) accept("desc");  // what KQL does unasked
    query_.stages_.emplace_back([key = std::move(key), ascending](std::vector<Json>& rows) {
      std::stable_sort(rows.begin(), rows.end(), [&](const Json& a, const Json& b) {
        const std::string left = text_of(key(a));
        const std::string right = text_of(key(b));
        return ascending ? left < right : right < left;
      });
    });
  }

  void limit() {
    const Lexeme token = take();
    std::size_t most = 0;
    ok_ = ok_ && token.kind == Lexeme::Kind::Number &&
          std::from_chars(token.text.data(), token.text.data() + token.text.size(), most).ec ==
              std::errc();
    query_.stages_.emplace_back([most](std::vector<Json>& rows) {
      if (rows.size() > most) rows.resize(most);
    });
  }

  void expand() {
    constexpr std::size_t kRowLimit = 128;  // of one row, unasked
    auto [name, list] = column();
    query_.stages_.emplace_back([name = name, list = std::move(list)](std::vector<Json>& rows) {
      std::vector<Json> result;
      for (const Json& row : rows) {
        const Json items = list(row);
        std::size_t taken = 0;
        for (const Json& item : items.is_array() ? items : Json::array({items})) {
          if (++taken > kRowLimit) break;
          result.push_back(row);
          result.back()[name] = item;
        }
      }
      rows = std::move(result);
    });
  }

  std::vector<Lexeme> tokens_;
  std::size_t at_ = 0;
  int depth_ = 0;
  bool ok_ = true;
  std::vector<std::string> last_path_;
  Kql query_;
};

Result<Kql> Kql::parse(std::string_view text) {
  auto tokens = tokens_of(text);
  if (!tokens) return Unexpected(Error{"ParserFailure: a text does not end"});
  return KqlParser(*std::move(tokens)).parse();
}

bool Kql::may_name(std::string_view name) const {
  return names_.empty() || names_.contains(to_lower(name));
}

std::vector<Json> Kql::run(std::vector<Json> rows) const {
  for (const Stage& stage : stages_) stage(rows);
  return rows;
}

}  // namespace armsim
