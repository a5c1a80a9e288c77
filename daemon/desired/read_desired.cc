#include "desired/read_desired.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "desired/common_keys.h"
#include "desired/content_hash.h"
#include "desired/document.h"
#include "desired/keys.h"
#include "desired/limits.h"
#include "desired/read_scopes.h"
#include "desired/read_value.h"

namespace defenderd {
namespace {

// The first position of an id.
struct Seen {
  std::size_t file;
  int line;
};

class DesiredReader {
 public:
  // With `report_duplicates` a repeated id is a problem and is skipped.
  explicit DesiredReader(bool report_duplicates) : report_duplicates_(report_duplicates) {}

  void read(const NamedText& file) {
    Report report(file.name, file.text);
    files_.push_back(file.name);
    read_document(report, file.text, keys::kDesiredStateKind,
                  [&](const Value& document) { read_top(document); });
    report.append_to(problems_);
  }

  [[nodiscard]] std::vector<Problem>& problems() { return problems_; }
  [[nodiscard]] std::vector<Declaration>& subscriptions() { return subscriptions_; }
  [[nodiscard]] std::vector<Scope>& scopes() { return scopes_; }

 private:
  void read_top(const Value& document) {
    const MapReader map(document, keys::kDesiredState);
    if (!map.is_map()) return;
    check_head(map, keys::kDesiredStateKind);
    defaults_ = {};
    map.into(defaults_, "defaults", [](const Value& value) -> std::optional<Common> {
      return read_common(MapReader(value, keys::kDefaults));
    });
    std::size_t scopes = 0;
    map.get("scopes", [&](const Value& list) -> std::optional<bool> {
      scopes = read_scopes(list, defaults_, scopes_);
      return true;
    });
    if (!map.has("subscriptions") && !map.has("scopes")) {
      map.missing("subscriptions", "a list of subscriptions, or of scopes under scopes");
    }
    map.get("subscriptions", [&](const Value& list) -> std::optional<bool> {
      read_list(list, scopes > 0);
      return true;
    });
  }

  void read_list(const Value& list, bool may_be_empty) {
    if (list.node().kind != YamlKind::Sequence) {
      list.expected("a list of subscriptions");
      return;
    }
    if (list.node().count == 0 && !may_be_empty) {
      list.problem("an empty list: expected at least one subscription");
      return;
    }
    if (subscriptions_.size() + list.node().count > limits::kSubscriptions) {
      list.problem("more than " + std::to_string(limits::kSubscriptions) +
                   " subscriptions in all files");
      return;
    }
    subscriptions_.reserve(subscriptions_.size() + list.node().count);
    each_item(list, [&](const Value& item) { read_entry(item); });
  }

  void read_entry(const Value& entry) {
    if (entry.node().kind == YamlKind::Scalar && SubscriptionId::parse(entry.text())) {
      entry.problem("an id alone: write \"- id: " + std::string(entry.text()) + "\"");
      return;
    }
    const MapReader map(entry, keys::kSubscription);
    if (!map.is_map()) return;
    if (!map.has("id")) map.missing("id", "the GUID of a subscription");
    const auto id = map.get("id", read_guid<SubscriptionId>);
    std::string name;
    map.into(name, "name", read_text, limits::kName, LineBreaks::Refused);
    DesiredSubscription result = read_declaration(map, entry, defaults_);
    result.name = std::move(name);
    if (!id) return;
    result.id = *id;
    if (!report_duplicates_ || is_new(map, entry, result))
      subscriptions_.emplace_back(std::move(result));
  }

  bool is_new(const MapReader& map, const Value& entry, const DesiredSubscription& subscription) {
    const Seen here{files_.size() - 1, entry.place().line};
    const auto [found, added] = ids_.try_emplace(subscription.id, here);
    if (added) return true;
    const Seen& first = found->second;
    const std::string line = std::to_string(first.line);
    const std::string where =
        first.file == here.file ? "line " + line : files_[first.file] + ":" + line;
    map.problem("id", "duplicate id: this subscription is also in " + where + ", keep one of them");
    return false;
  }

  std::vector<std::string> files_ = {};  // the last one is being read
  std::vector<Problem> problems_ = {};
  std::vector<Declaration> subscriptions_ = {};
  std::vector<Scope> scopes_ = {};
  const bool report_duplicates_;
  std::unordered_map<SubscriptionId, Seen> ids_ = {};
  Common defaults_ = {};  // of the current file
};

bool any_twice(const std::vector<Declaration>& subscriptions) {
  std::vector<SubscriptionId> ids;
  ids.reserve(subscriptions.size());
  for (const Declaration& declaration : subscriptions) ids.push_back(declaration->id);
  std::sort(ids.begin(), ids.end());
  return std::adjacent_find(ids.begin(), ids.end()) != ids.end();
}

}  // namespace

Result<DesiredState, std::vector<Problem>> read_desired(const std::vector<NamedText>& files) {
  if (files.empty())
    return Unexpected(std::vector<Problem>{{.message = "no file with the desired state"}});
  const auto read_all = [&](bool report_duplicates) {
    DesiredReader reader(report_duplicates);
    for (const NamedText& file : files) reader.read(file);
    return reader;
  };
  // Positions of ids are only searched if duplicates must be reported.
  DesiredReader reader = read_all(false);
  if (!reader.problems().empty() || any_twice(reader.subscriptions()))
    return Unexpected(std::move(read_all(true).problems()));
  std::vector<std::string_view> texts;
  texts.reserve(files.size());
  for (const NamedText& file : files) texts.emplace_back(file.text);
  return DesiredState{std::move(reader.subscriptions()), content_hash(texts),
                      std::move(reader.scopes())};
}

}  // namespace defenderd
