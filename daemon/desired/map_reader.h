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
  // What else there is to say about an unknown key, or "" for the usual.
  using Advice = std::string (*)(std::string_view key);

  // Reports where `value` is no map; then no key is present. `keys` and everything that `value`
  // refers to must outlive the reader.
  MapReader(const Value& value, std::span<const std::string_view> keys, Advice advice = nullptr);

  // False where the value was no map: nothing more is worth saying about what it lacks.
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

  // The same, into a field that keeps its default where the key is absent or wrong.
  template <class Field, class Read, class... Arguments>
  void into(Field& field, std::string_view key, Read read, Arguments&&... arguments) const {
    if (auto result = get(key, read, arguments...)) field = std::move(*result);
  }

  // Reports `message` at the key's value, or at the map where it is absent.
  void problem(std::string_view key, std::string message) const;
  // Reports the absence of a key that must be there.
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
  std::vector<Found> found_;  // beside keys_
  bool is_map_ = false;
};

// True where the node is a key that YAML calls a merge; reports that it is not to be had.
[[nodiscard]] bool refuse_merge(const Value& key);

// Reports a key that stands twice in one map.
void report_duplicate_key(const Value& again, Place first);

}  // namespace defenderd
