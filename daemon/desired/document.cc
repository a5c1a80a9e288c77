#include "desired/document.h"

#include <array>

#include "desired/keys.h"
#include "desired/read_value.h"

namespace defenderd {
namespace {

constexpr std::array<std::string_view, 1> kVersions{keys::kApiVersion};
constexpr std::array<std::string_view, 2> kKinds{keys::kDesiredStateKind, keys::kSettingsKind};

// True if the file says that it is the other kind, in which case its keys are no errors.
bool is_other_kind(const Value& document, std::string_view kind) {
  if (document.node().kind != YamlKind::Map) return false;
  bool other = false;
  document.tree.each_entry(document.index, [&](YamlTree::Index key, YamlTree::Index value) {
    const YamlTree& tree = document.tree;
    if (tree.node(key).kind != YamlKind::Scalar || tree.text(key) != "kind") return;
    if (tree.node(value).kind != YamlKind::Scalar || tree.text(value) == kind) return;
    for (const std::string_view known : kKinds) other = other || tree.text(value) == known;
    if (!other) return;
    const Path path{.parent = &document.path, .key = "kind"};
    Value{tree, document.report, path, value}.expected(
        kind, kind == keys::kSettingsKind ? ": this is a file for --desired, not for --config"
                                          : ": this is a file for --config, not for --desired");
  });
  return other;
}

}  // namespace

void read_document(Report& report, std::string_view text, std::string_view kind,
                   const std::function<void(const Value&)>& read) {
  const auto tree = parse_yaml(text);
  if (!tree) {
    report.add(tree.error().place, "", tree.error().message);
    return;
  }
  const Path top{};
  const Value document{*tree, report, top, tree->root()};
  if (!is_other_kind(document, kind)) read(document);
}

void check_head(const MapReader& map, std::string_view kind) {
  const std::array<std::string_view, 1> kinds{kind};
  if (!map.has("apiVersion")) map.missing("apiVersion", keys::kApiVersion);
  if (!map.has("kind")) map.missing("kind", kind);
  (void)map.get("apiVersion", read_word, kVersions);
  (void)map.get("kind", read_word, kinds);
}

}  // namespace defenderd
