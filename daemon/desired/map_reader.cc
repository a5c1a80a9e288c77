#include "desired/map_reader.h"

#include <utility>

#include "base/text.h"

namespace defenderd {

MapReader::MapReader(const Value& value, std::span<const std::string_view> keys, Advice advice)
    : value_(value), keys_(keys), found_(keys.size()) {
  if (value.node().kind != YamlKind::Map) {
    value.expected_unseen("a map with " + any_of_text(keys));
    return;
  }
  is_map_ = true;
  value.tree.each_entry(
      value.index, [&](YamlTree::Index key, YamlTree::Index entry) { add(key, entry, advice); });
}

void MapReader::add(YamlTree::Index key, YamlTree::Index value, Advice advice) {
  const YamlTree& tree = value_.tree;
  if (tree.node(key).kind != YamlKind::Scalar) {
    const Value wrong{tree, value_.report, value_.path, key};
    wrong.problem("expected a key, found " + wrong.found());
    return;
  }
  const std::string_view word = tree.text(key);
  const Path path{.parent = &value_.path, .key = word};
  const Value here{tree, value_.report, path, key};
  for (std::size_t i = 0; i < keys_.size(); ++i) {
    if (keys_[i] != word) continue;
    if (found_[i].value != 0) {
      report_duplicate_key(here, tree.place(found_[i].key));
    } else {
      found_[i] = {key, value};
    }
    return;
  }
  if (value_.report.full()) {
    here.problem({});
    return;
  }
  if (refuse_merge(here)) return;
  if (advice != nullptr) {
    if (std::string said = advice(word); !said.empty()) {
      here.problem(std::move(said));
      return;
    }
  }
  const Path unnamed{.parent = &value_.path};
  const Value unknown{tree, value_.report, path.is_hidden() ? unnamed : path, key};
  const std::string hint = did_you_mean(word, keys_);
  unknown.problem("unknown key" + (hint.empty() ? ": expected " + any_of_text(keys_) : hint) +
                  unknown.odd_hint() + unknown.letter_hint());
}

std::optional<YamlTree::Index> MapReader::find(std::string_view key) const {
  for (std::size_t i = 0; i < keys_.size(); ++i) {
    if (keys_[i] == key && found_[i].value != 0) return found_[i].value;
  }
  return std::nullopt;
}

void MapReader::problem(std::string_view key, std::string message) const {
  const auto index = find(key);
  const Path path{.parent = &value_.path, .key = key};
  Value{value_.tree, value_.report, path, index.value_or(value_.index)}.problem(std::move(message));
}

void MapReader::missing(std::string_view key, std::string_view what) const {
  if (!is_map_) return;
  value_.problem("missing " + std::string(key) + ": expected " + std::string(what));
}

bool refuse_merge(const Value& key) {
  if (key.text() != "<<" || key.node().quoted) return false;
  key.problem(
      "merge keys are not supported: use defaults, or write the keys out (plain aliases work)");
  return true;
}

void report_duplicate_key(const Value& again, Place first) {
  again.problem("duplicate key: it is already in line " + std::to_string(first.line) +
                ", keep one of them");
}

}  // namespace defenderd
