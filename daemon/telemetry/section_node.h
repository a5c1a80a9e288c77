#pragma once
// Reads the JSON text of a section of the state document.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "core/diff.h"
#include "core/ids.h"

namespace defenderd {

class JsonWriter;

// A value in the text. One that is missing, or of another type than is asked for, is nullopt.
class SectionNode {
 public:
  // Missing if it is not JSON.
  [[nodiscard]] static SectionNode parse(std::string_view text);

  // The member of an object; missing if there is none.
  [[nodiscard]] SectionNode operator[](const char* name) const;
  [[nodiscard]] bool is_missing() const { return node_ == nullptr; }

  [[nodiscard]] std::optional<std::string> text() const;
  [[nodiscard]] std::optional<bool> on() const;
  [[nodiscard]] std::optional<std::int64_t> number() const;
  [[nodiscard]] std::optional<std::size_t> count() const;  // a number that is not negative
  [[nodiscard]] std::optional<WallTime> as_time() const;   // RFC 3339
  [[nodiscard]] std::optional<SubscriptionId> id() const;
  [[nodiscard]] std::optional<std::vector<SectionNode>> items() const;  // of an array
  struct Member;
  [[nodiscard]] std::optional<std::vector<Member>> members() const;  // of an object

  // Each item, read by `read`; nullopt if that rejects one.
  template <class T, class Read>
  [[nodiscard]] std::optional<std::vector<T>> list(const Read& read) const {
    const auto all = items();
    if (!all) return std::nullopt;
    std::vector<T> result;
    result.reserve(all->size());
    for (const SectionNode& item : *all) {
      std::optional<T> value = read(item);
      if (!value) return std::nullopt;
      result.push_back(*std::move(value));
    }
    return result;
  }

 private:
  SectionNode(std::shared_ptr<const void> root, const void* node)
      : root_(std::move(root)), node_(node) {}

  std::shared_ptr<const void> root_;  // keeps the whole text's tree
  const void* node_ = nullptr;
};

struct SectionNode::Member {
  std::string name;
  SectionNode value;
};

// A field is {"field":"plan"} or {"extension":NAME}; its members go into an object
// that may have others.
void write_field(JsonWriter& json, const Field& field);
[[nodiscard]] std::optional<Field> read_field(const SectionNode& object);

}  // namespace defenderd
