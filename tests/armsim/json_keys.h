#pragma once
// JSON objects of known keys, read with errors that help.

#include <array>
#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "armsim/arm_answer.h"
#include "base/result.h"
#include "base/text.h"

namespace armsim {

template <class Value, std::size_t Size>
using Names = std::array<std::pair<std::string_view, Value>, Size>;

template <class Value, std::size_t Size>
bool parse_name(const Names<Value, Size>& names, const Json& json, Value& into) {
  if (!json.is_string()) return false;
  for (const auto& [name, value] : names) {
    if (!defenderd::iequals(name, json.get_ref<const std::string&>())) continue;
    into = value;
    return true;
  }
  return false;
}

template <class Value, std::size_t Size>
std::string_view name_of(const Names<Value, Size>& names, Value value) {
  for (const auto& [name, known] : names) {
    if (known == value) return name;
  }
  return "";
}

// Each is false for a value of another form. On and off are booleans, or words as in YAML.
[[nodiscard]] bool parse_on(const Json& json, bool& into);
[[nodiscard]] bool parse_text(const Json& json, std::string& into);
[[nodiscard]] bool parse_texts(const Json& json, std::map<std::string, std::string>& into);
[[nodiscard]] bool parse_number(const Json& json, int& into);

// One key of an object: its name, the form of its value for the error, and how to take it; or,
// where the value has keys of its own, `inside` with the error of what is wrong there.
template <class Target>
struct Key {
  std::string_view name{};
  std::string_view form{};
  std::function<bool(Target&, const Json&)> take{};
  std::function<defenderd::Result<defenderd::Done>(Target&, const Json&)> inside{};
};

template <class Target>
defenderd::Result<defenderd::Done> take_keys(Target& target, const Json& json,
                                             const std::vector<Key<Target>>& keys) {
  if (!json.is_object()) return defenderd::Unexpected(defenderd::Error{"expected an object"});
  for (const auto& [name, value] : json.items()) {
    const Key<Target>* known = nullptr;
    std::vector<std::string_view> names;
    for (const Key<Target>& key : keys) {
      names.push_back(key.name);
      if (key.name == name) known = &key;
    }
    if (known == nullptr) {
      const std::string_view near = defenderd::nearest(name, names);
      return defenderd::Unexpected(
          defenderd::Error{"unknown key '" + name + "'" +
                           (near.empty() ? "" : ", did you mean '" + std::string(near) + "'?")});
    }
    if (known->inside) {
      auto done = known->inside(target, value);
      if (!done) return defenderd::Unexpected(defenderd::Error{name + ": " + done.error().message});
    } else if (!known->take(target, value)) {
      return defenderd::Unexpected(defenderd::Error{
          "'" + name + "' must be " + std::string(known->form) + ", not " + value.dump()});
    }
  }
  return defenderd::Done{};
}

}  // namespace armsim
