#pragma once
// A YAML map with a known set of keys. Reading it reports every unknown, repeated or malformed key.

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "desired/value.h"

namespace defenderd {

class MapReader {
 public:
  // Advice about an unknown key, or "" for the default.
  using Advice = std::string (*)(std::string_view key);

  // Reports a `value` that is not a map; then no key is present. `keys` and everything that `value`
  // refers to must outlive the reader.
  MapReader(const Value& value, std::span<const std::string_view> keys, Advice advice = nullptr);

  // False if the value was not a map: then missing keys are not worth reporting.
  [[nodiscard]] bool is_map() const { return is_map_; }
  [[nodiscard]] bool has(std::string_view key) const { return find(key).has_value(); }

  // Calls read(Value, arguments...) if the key is present and returns what it returned.
  template <class Read, class... Arguments>
  auto get(std::string_view key, Read read, Arguments&&... arguments) const
      -> decltype(read(std::declval<const Value&>(), arguments...)) {
    const auto index = find(key);
    if (!index) return {};
    const Path path{.parent = &value_.path, .key = key};
    return read(Value{value_.tree, value_.report, path, *index}, arguments...);
  }

  // The same, into a field that keeps its default if the key is absent or invalid.
  template <class Field, class Read, class... Arguments>
  void into(Field& field, std::string_view key, Read read, Arguments&&... arguments) const {
    if (auto result = get(key, read, arguments...)) field = std::move(*result);
  }

  // Reports `message` at the key's value, or at the map if the key is absent.
  void problem(std::string_view key, std::string message) const;
  // Reports the absence of a required key.
  void missing(std::string_view key, std::string_view what) const;

 private:
  [[nodiscard]] std::optional<YamlTree::Index> find(std::string_view key) const;
  void add(YamlTree::Index key, YamlTree::Index value, Advice advice);

  Value value_;
  std::span<const std::string_view> keys_;
  struct Found {
    YamlTree::Index key = 0;
    YamlTree::Index value = 0;  // 0, the root, is never the value of a key
  };
  std::vector<Found> found_;  // parallel to keys_
  bool is_map_ = false;
};

// True if the node is a YAML merge key; reports that it is not supported.
[[nodiscard]] bool refuse_merge(const Value& key);

// Reports a duplicate key.
void report_duplicate_key(const Value& again, Place first);

}  // namespace defenderd
