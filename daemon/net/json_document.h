#pragma once
// Reads the JSON of answers. Nothing else in net/, identity/ and arm/ parses JSON, and no other
// file knows the parser's library (simdjson's DOM).

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace defenderd {

struct JsonMember;

// A value in a JsonDocument, which outlives it and every text that it returns. It is cheap to copy.
// What is missing is a value too: is_none(), and it has no text, no members and no items.
class JsonValue {
 public:
  JsonValue() = default;  // none

  [[nodiscard]] bool is_none() const { return !exists_; }
  [[nodiscard]] bool is_null() const;
  [[nodiscard]] bool is_object() const;
  [[nodiscard]] bool is_list() const;

  // nullopt where the value is of another kind.
  [[nodiscard]] std::optional<std::string_view> text() const;
  [[nodiscard]] std::optional<bool> boolean() const;
  [[nodiscard]] std::optional<std::int64_t> integer() const;  // nor where it does not fit

  // In the order of the text. Empty where the value is of another kind.
  [[nodiscard]] std::vector<JsonValue> items() const;
  // Includes members that repeat a name.
  [[nodiscard]] std::vector<JsonMember> members() const;

  // The last member of exactly this name.
  [[nodiscard]] JsonValue member(std::string_view name) const;
  // The text of that member, "" where it has none.
  [[nodiscard]] std::string_view text_of(std::string_view name) const;

 private:
  friend class JsonDocument;
  struct Access;  // to the library's element, which `element_` stores

  alignas(void*) std::array<std::byte, 2 * sizeof(void*)> element_ = {};
  bool exists_ = false;
};

struct JsonMember {
  std::string_view name;
  JsonValue value;
};

// The largest text that is read; it may nest 32 levels deep. All of this is checked before memory
// is spent.
struct JsonLimits {
  std::size_t bytes = 1UL << 20U;
  std::size_t values = 50'000;  // of a large text; a small one holds few
  // Keep the memory of a small document for the thread's next one. Not for secrets, because a copy
  // of the text stays in it.
  bool keep_memory = false;
  // Refuse a text with half a character, as a name is that was cut in the middle of an emoji. For
  // what is passed on as it was written; else U+FFFD is read for it.
  bool whole_characters = false;
};

class JsonDocument {
 public:
  // Any text gives a document or an Error, never an exception. A byte order mark is skipped.
  //
  // The parser takes up to fourteen times the text, so only one large document (over 16 KiB) exists
  // at a time, and parse() waits for that. It is destroyed by the thread that parsed it, before
  // that thread parses another.
  [[nodiscard]] static Result<JsonDocument> parse(std::string_view text, JsonLimits limits = {});

  JsonDocument(JsonDocument&&) noexcept;
  JsonDocument& operator=(JsonDocument&&) = delete;
  ~JsonDocument();

  [[nodiscard]] JsonValue root() const;
  // What was parsed, without the byte order mark: it refers to the text that parse() was given.
  [[nodiscard]] std::string_view source() const { return source_; }

 private:
  struct Parser;
  JsonDocument(std::unique_ptr<Parser> parser, std::string_view source);

  std::unique_ptr<Parser> parser_;
  std::string_view source_;
};

// The text of a member for a message: foreign_text() of at most 1 KiB.
[[nodiscard]] std::string shown_text(const JsonValue& object, std::string_view name);

}  // namespace defenderd
