#include "desired/read_scopes.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include "base/fold_case.h"
#include "base/text.h"
#include "desired/keys.h"
#include "desired/limits.h"
#include "desired/odd_character.h"
#include "desired/read_value.h"

namespace defenderd {
namespace {

bool is_group_id(std::string_view text) {
  return !text.empty() && text.size() <= limits::kManagementGroup && !text.ends_with('.') &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  std::string_view("-_.()").find(c) != std::string_view::npos;
         });
}

std::optional<std::string> read_group(const Value& value) {
  auto text = read_text(value, limits::kFilePath);
  if (!text || is_group_id(*text)) return text;
  value.problem(
      "expected the id of a management group such as mg-prod (not its display name, not its path): "
      "letters, digits and -_.(), " +
      std::to_string(limits::kManagementGroup) + " at most" + value.odd_hint());
  return std::nullopt;
}

// What looks like the value of a tag and is not would cover nothing, silently. Quotes show that it
// is meant.
bool refuse_odd_end(const Value& value) {
  if (value.node().kind != YamlKind::Scalar || value.node().quoted || !odd_end(value.text()))
    return false;
  value.problem("an odd character at the start or the end" + value.odd_hint() +
                ". If it is part of the text, put the text in quotes");
  return true;
}

// A tag may have an empty value, which must be written as "".
std::optional<std::string> read_tag_value(const Value& value) {
  if (value.node().kind == YamlKind::Scalar && value.node().quoted && value.text().empty()) {
    return std::string();
  }
  if (value.node().kind == YamlKind::Null) {
    value.expected("the value of the tag", ": write \"\" for an empty one");
    return std::nullopt;
  }
  if (refuse_odd_end(value)) return std::nullopt;
  return read_text(value, limits::kTagValue);
}

std::optional<std::vector<Tag>> read_tags(const Value& map) {
  if (map.node().kind != YamlKind::Map) {
    map.expected("a map of tag names to values such as {env: prod}");
    return std::nullopt;
  }
  if (map.node().count == 0) {
    map.problem("an empty map: expected at least one tag");
    return std::nullopt;
  }
  if (map.node().count / 2 > limits::kTags) {
    map.problem("more than " + std::to_string(limits::kTags) + " tags");
    return std::nullopt;
  }
  std::vector<Tag> tags;
  bool good = true;
  map.tree.each_entry(map.index, [&](YamlTree::Index key, YamlTree::Index value) {
    const std::string_view name =
        map.tree.node(key).kind == YamlKind::Scalar ? map.tree.text(key) : std::string_view();
    const Path path{.parent = &map.path, .key = name};
    const Value here{map.tree, map.report, path, key};
    if (map.tree.node(key).kind == YamlKind::Scalar && refuse_merge(here)) {
      good = false;
      return;
    }
    if (refuse_odd_end(here) || !read_text(here, limits::kTagName)) {
      good = false;
      return;
    }
    const bool again = std::any_of(tags.begin(), tags.end(), [&](const Tag& tag) {
      return same_but_for_case(tag.name, name);
    });
    if (again) here.problem("this tag is already set (names are case-insensitive)");
    auto text = read_tag_value(Value{map.tree, map.report, path, value});
    good = good && text && !again;
    tags.push_back({std::string(name), text.value_or("")});
  });
  if (!good) return std::nullopt;
  return tags;
}

std::optional<std::vector<SubscriptionId>> read_exclude(const Value& list) {
  if (list.node().kind != YamlKind::Sequence) {
    list.expected("a list of subscription ids");
    return std::nullopt;
  }
  if (list.node().count == 0 || list.node().count > limits::kExclude) {
    list.problem("expected 1 to " + std::to_string(limits::kExclude) +
                 " ids: delete the key if there is nothing to exclude");
    return std::nullopt;
  }
  std::vector<SubscriptionId> ids;
  each_item(list, [&](const Value& item) {
    if (const auto id = read_guid<SubscriptionId>(item)) {
      ids.push_back(*id);
    }
  });
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  return ids;
}

// A selection is required: omitting it never means every visible subscription.
void check_criteria(const MapReader& map, const std::optional<bool>& all_visible) {
  const bool narrow = map.has("managementGroup") || map.has("tags");
  if (!map.has("allVisible")) {
    if (narrow) return;
    map.missing("managementGroup or tags",
                "which subscriptions to cover; allVisible: true covers every visible subscription");
    return;
  }
  if (all_visible && !*all_visible) {
    map.problem("allVisible", "expected true; delete the key if you don't mean every subscription");
  } else if (all_visible && narrow) {
    map.problem("allVisible",
                "covers every visible subscription, but managementGroup or tags cover fewer: keep "
                "one of them");
  }
}

void read_scope(const Value& entry, const Common& defaults, std::vector<Scope>& scopes) {
  const MapReader map(entry, keys::kScope);
  if (!map.is_map()) return;
  Scope scope;
  map.into(scope.name, "name", read_text, limits::kName, LineBreaks::Refused);
  map.into(scope.management_group, "managementGroup", read_group);
  map.into(scope.tags, "tags", read_tags);
  const auto all_visible = map.get("allVisible", read_switch);
  check_criteria(map, all_visible);
  scope.all_visible = all_visible.value_or(false);
  map.into(scope.exclude, "exclude", read_exclude);
  scope.declares = read_declaration(map, entry, defaults);
  scopes.push_back(std::move(scope));
}

}  // namespace

std::size_t read_scopes(const Value& list, const Common& defaults, std::vector<Scope>& scopes) {
  if (list.node().kind != YamlKind::Sequence) {
    list.expected("a list of scopes");
    return 0;
  }
  const std::size_t count = list.node().count;
  if (count == 0 || count > limits::kScopes) {
    list.problem("expected 1 to " + std::to_string(limits::kScopes) +
                 " scopes: delete the key if there is none");
    return count;
  }
  each_item(list, [&](const Value& item) { read_scope(item, defaults, scopes); });
  return count;
}

}  // namespace defenderd
