#include "net/json_document.h"

#include <simdjson.h>

#include <cstdint>
#include <cstring>
#include <type_traits>
#include <utility>

#include "base/json_bounds.h"
#include "base/mutex.h"
#include "base/scrub.h"
#include "base/unicode_escape.h"

namespace defenderd {
namespace {

namespace dom = simdjson::dom;

constexpr std::size_t kMaxDepth = 32;  // deeper than any answer of Azure
constexpr std::size_t kFirst = 2048;   // the parser grows as needed
constexpr std::size_t kLarge = 16UL << 10U;

constexpr const char* kTooMuch = "the answer's JSON nests too deep, or has too many values";

bool is_high(std::uint32_t unit) { return unit >= 0xD800 && unit <= 0xDBFF; }
bool is_low(std::uint32_t unit) { return unit >= 0xDC00 && unit <= 0xDFFF; }

// Half a character, which JSON allows and the parser does not: a name that was cut in the middle of
// an emoji. It is read as U+FFFD, which has as many letters here.
std::string without_halves(std::string text) {
  for (std::size_t at = text.find('\\'); at != std::string::npos; at = text.find('\\', at)) {
    const auto unit = escaped_unit(text, at);
    if (!unit) {
      at += 2;
      continue;
    }
    const auto next = escaped_unit(text, at + kUnicodeEscape);
    if (is_high(*unit) && next && is_low(*next)) {
      at += 2 * kUnicodeEscape;
      continue;
    }
    if (is_high(*unit) || is_low(*unit)) text.replace(at, kUnicodeEscape, "\\ufffd");
    at += kUnicodeEscape;
  }
  return text;
}

const char* text_of(simdjson::error_code error) {
  switch (error) {
    case simdjson::DEPTH_ERROR:
      return kTooMuch;
    case simdjson::NUMBER_ERROR:
      return "the answer's JSON has a number that cannot be read";
    case simdjson::STRING_ERROR:
    case simdjson::UTF8_ERROR:
      return "the answer's JSON has a text that is not valid UTF-8";
    default:
      return "the answer is not JSON, or was cut off";
  }
}

// Held by the one large document that may exist.
Mutex one_large;

// Clang's analysis cannot follow a lock that an object holds for its life.
class Turn {
 public:
  Turn() = default;
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;
  ~Turn() NO_THREAD_SAFETY_ANALYSIS {
    if (taken_) one_large.unlock();
  }
  void take() NO_THREAD_SAFETY_ANALYSIS {
    one_large.lock();
    taken_ = true;
  }

 private:
  bool taken_ = false;
};

}  // namespace

struct JsonValue::Access {
  static_assert(sizeof(dom::element) == sizeof(element_) &&
                alignof(dom::element) <= alignof(void*) &&
                std::is_trivially_copyable_v<dom::element>);

  static JsonValue make(const dom::element& element) {
    JsonValue value;
    std::memcpy(value.element_.data(), &element, sizeof element);
    value.exists_ = true;
    return value;
  }

  // As the library's type T; nullopt where the value is none or of another kind.
  template <class T>
  static std::optional<T> get(const JsonValue& value) {
    if (!value.exists_) return std::nullopt;
    dom::element element;
    std::memcpy(&element, value.element_.data(), sizeof element);
    T result;
    if (element.get(result) != simdjson::SUCCESS) return std::nullopt;
    return result;
  }
};

bool JsonValue::is_null() const {
  const auto element = Access::get<dom::element>(*this);
  return element && element->is_null();
}

bool JsonValue::is_object() const { return Access::get<dom::object>(*this).has_value(); }
bool JsonValue::is_list() const { return Access::get<dom::array>(*this).has_value(); }

std::optional<std::string_view> JsonValue::text() const {
  return Access::get<std::string_view>(*this);
}
std::optional<bool> JsonValue::boolean() const { return Access::get<bool>(*this); }
std::optional<std::int64_t> JsonValue::integer() const { return Access::get<std::int64_t>(*this); }

std::vector<JsonValue> JsonValue::items() const {
  std::vector<JsonValue> result;
  const auto list = Access::get<dom::array>(*this);
  if (!list) return result;
  result.reserve(list->size());
  for (const dom::element item : *list) result.push_back(Access::make(item));
  return result;
}

std::vector<JsonMember> JsonValue::members() const {
  std::vector<JsonMember> result;
  const auto object = Access::get<dom::object>(*this);
  if (!object) return result;
  result.reserve(object->size());
  for (const dom::key_value_pair member : *object)
    result.push_back({member.key, Access::make(member.value)});
  return result;
}

JsonValue JsonValue::member(std::string_view name) const {
  JsonValue result;
  const auto object = Access::get<dom::object>(*this);
  if (!object) return result;
  for (const dom::key_value_pair member : *object) {
    if (member.key == name) result = Access::make(member.value);
  }
  return result;
}

std::string_view JsonValue::text_of(std::string_view name) const {
  return member(name).text().value_or("");
}

struct JsonDocument::Parser {
  // What one thread keeps between two documents.
  static std::unique_ptr<Parser>& kept() {
    thread_local std::unique_ptr<Parser> parser;
    return parser;
  }

  simdjson::error_code parse(std::string_view text) {
    if (allocated != simdjson::SUCCESS) return allocated;  // else the depth would not be bounded
    return parser.parse(text.data(), text.size()).get(root);
  }

  Turn turn;  // of a large document
  dom::parser parser;
  const simdjson::error_code allocated = parser.allocate(kFirst, kMaxDepth + 1);
  dom::element root;
  bool is_kept = false;
};

JsonDocument::JsonDocument(std::unique_ptr<Parser> parser, std::string_view source)
    : parser_(std::move(parser)), source_(source) {}
JsonDocument::JsonDocument(JsonDocument&&) noexcept = default;
JsonDocument::~JsonDocument() {
  if (parser_ && parser_->is_kept) Parser::kept() = std::move(parser_);
}

Result<JsonDocument> JsonDocument::parse(std::string_view text, JsonLimits limits) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  if (text.size() > limits.bytes) {
    return Unexpected(
        Error{"the answer is larger than " + std::to_string(limits.bytes >> 10U) + " KiB"});
  }
  const bool is_large = text.size() > kLarge;
  if (is_large && !is_shallow_json(text, limits.values)) return Unexpected(Error{kTooMuch});
  const bool keep = limits.keep_memory && !is_large;
  std::unique_ptr<Parser> parser = keep ? std::move(Parser::kept()) : nullptr;
  if (!parser) parser = std::make_unique<Parser>();
  parser->is_kept = keep;
  if (is_large) parser->turn.take();
  simdjson::error_code error = parser->parse(text);
  if (error == simdjson::STRING_ERROR && !limits.whole_characters)
    error = parser->parse(without_halves(std::string(text)));
  JsonDocument document(std::move(parser), text);
  // Newer versions of the library skip a byte order mark too, which would be the second here.
  if (text.starts_with(kByteOrderMark)) error = simdjson::TAPE_ERROR;
  if (error != simdjson::SUCCESS) return Unexpected(Error{text_of(error)});
  return document;
}

JsonValue JsonDocument::root() const { return JsonValue::Access::make(parser_->root); }

std::string shown_text(const JsonValue& object, std::string_view name) {
  constexpr std::size_t kMaxText = 1024;
  return foreign_text(object.text_of(name), kMaxText);
}

}  // namespace defenderd
