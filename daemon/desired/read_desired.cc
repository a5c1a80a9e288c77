#include "desired/read_desired.h"

#include <array>
#include <unordered_map>
#include <utility>

#include "base/text.h"
#include "desired/content_hash.h"
#include "desired/document.h"
#include "desired/extensions.h"
#include "desired/keys.h"
#include "desired/limits.h"

namespace defenderd {
namespace {

constexpr std::array<std::string_view, 2> kModes{"enforce", "observe"};
constexpr std::array<std::string_view, 2> kUnnamed{"leave", "off"};

std::optional<Mode> read_mode(const Value& value) {
  const auto word = read_word(value, kModes);
  if (!word) return std::nullopt;
  return *word == 0 ? Mode::Enforce : Mode::Observe;
}

std::optional<UnnamedExtensions> read_unnamed(const Value& value) {
  if (value.node().kind == YamlKind::Scalar && parse_switch(value.text()) == false) {
    return UnnamedExtensions::Off;
  }
  const auto word = read_word(value, kUnnamed);
  if (!word) return std::nullopt;
  return *word == 0 ? UnnamedExtensions::Leave : UnnamedExtensions::Off;
}

std::optional<Suspension> read_suspend(const Value& value) {
  const MapReader map(value, keys::kSuspend);
  if (!map.is_map()) return std::nullopt;
  if (!map.has("until")) map.missing("until", "a time such as 2026-12-24T00:00:00Z");
  Suspension result;
  map.into(result.reason, "reason", read_text, limits::kReason, LineBreaks::BecomeSpaces);
  map.into(result.by, "by", read_text, limits::kPerson, LineBreaks::BecomeSpaces);
  const auto until = map.get("until", read_time);
  if (!until) return std::nullopt;
  result.until = *until;
  return result;
}

// What defaults and entries have in common.
struct Common {
  std::optional<bool> plan = {};
  std::optional<Mode> mode = {};
  std::optional<UnnamedExtensions> unnamed = {};
  std::optional<Duration> interval = {};
  std::optional<TenantId> tenant = {};
  std::optional<std::string> owner = {};
  std::vector<DeclaredExtension> extensions = {};
  // Said, be it right or wrong: what is wrong was reported and is not missing as well.
  bool says_plan = false;
  bool says_mode = false;
};

Common read_common(const MapReader& map) {
  Common result;
  result.says_plan = map.has("plan") || !map.is_map();
  result.says_mode = map.has("mode") || !map.is_map();
  result.plan = map.get("plan", read_switch);
  result.mode = map.get("mode", read_mode);
  result.unnamed = map.get("unnamedExtensions", read_unnamed);
  result.interval = map.get("interval", read_duration, limits::kMinInterval, limits::kMaxInterval);
  result.tenant = map.get("tenantId", read_guid<TenantId>);
  result.owner = map.get("owner", read_text, limits::kPerson, LineBreaks::BecomeSpaces);
  result.extensions = read_extensions(map);
  return result;
}

// Where an id was seen first.
struct Seen {
  std::size_t file;
  int line;
};

class DesiredReader {
 public:
  void read(const NamedText& file) {
    Report report(file.name, file.text);
    files_.push_back(file.name);
    read_document(report, file.text, keys::kDesiredStateKind,
                  [&](const Value& document) { read_top(document); });
    report.append_to(problems_);
  }

  [[nodiscard]] std::vector<Problem>& problems() { return problems_; }
  [[nodiscard]] std::vector<DesiredSubscription>& subscriptions() { return subscriptions_; }

 private:
  void read_top(const Value& document) {
    const MapReader map(document, keys::kDesiredState);
    if (!map.is_map()) return;
    check_head(map, keys::kDesiredStateKind);
    defaults_ = {};
    map.into(defaults_, "defaults", [](const Value& value) -> std::optional<Common> {
      return read_common(MapReader(value, keys::kDefaults));
    });
    if (!map.has("subscriptions")) map.missing("subscriptions", "a list of subscriptions");
    map.get("subscriptions", [&](const Value& list) -> std::optional<bool> {
      read_list(list);
      return true;
    });
  }

  void read_list(const Value& list) {
    if (list.node().kind != YamlKind::Sequence) {
      list.expected("a list of subscriptions");
      return;
    }
    if (list.node().count == 0) {
      list.problem("an empty list: expected at least one subscription");
      return;
    }
    subscriptions_.reserve(subscriptions_.size() + list.node().count);
    std::size_t i = 0;
    list.tree.each_item(list.index, [&](YamlTree::Index item) {
      const Path path{.parent = &list.path, .index = i++};
      read_entry(Value{list.tree, list.report, path, item});
    });
  }

  void read_entry(const Value& entry) {
    if (entry.node().kind == YamlKind::Scalar && SubscriptionId::parse(entry.text())) {
      entry.problem("an id alone: write \"- id: " + std::string(entry.text()) + "\"");
      return;
    }
    const MapReader map(entry, keys::kSubscription);
    if (!map.is_map()) return;
    DesiredSubscription result;
    if (!map.has("id")) map.missing("id", "the GUID of a subscription");
    const auto id = map.get("id", read_guid<SubscriptionId>);
    result.source = entry.report.file() + ":" + std::to_string(entry.place().line);
    map.into(result.name, "name", read_text, limits::kName, LineBreaks::Refused);
    map.into(result.reason, "reason", read_text, limits::kReason, LineBreaks::BecomeSpaces);
    result.suspend = map.get("suspend", read_suspend);
    apply(map, entry, result);
    if (!id) return;
    result.id = *id;
    if (is_new(map, entry, result)) subscriptions_.push_back(std::move(result));
  }

  // The fields that may come from defaults.
  void apply(const MapReader& map, const Value& entry, DesiredSubscription& result) const {
    Common own = read_common(map);
    if (!own.says_plan && !defaults_.says_plan)
      map.missing("plan", "on or off, here or in defaults");
    if (!own.says_mode && !defaults_.says_mode) {
      map.missing("mode", "enforce or observe, here or in defaults");
    }
    result.plan = own.plan ? *own.plan : defaults_.plan.value_or(false);
    result.mode = own.mode ? *own.mode : defaults_.mode.value_or(Mode::Observe);
    result.unnamed_extensions =
        own.unnamed ? *own.unnamed : defaults_.unnamed.value_or(UnnamedExtensions::Leave);
    result.interval = own.interval ? own.interval : defaults_.interval;
    result.tenant = own.tenant ? own.tenant : defaults_.tenant;
    result.owner = own.owner ? std::move(*own.owner) : defaults_.owner.value_or("");
    if (result.plan) {
      result.extensions = merge_extensions(defaults_.extensions, own.extensions);
    } else if (own.plan || defaults_.plan) {
      refuse_on(entry, own.extensions,
                own.plan ? "the plan of this entry is off" : "the plan is off in defaults");
    }
  }

  bool is_new(const MapReader& map, const Value& entry, const DesiredSubscription& subscription) {
    const Seen here{files_.size() - 1, entry.place().line};
    const auto [found, added] = ids_.try_emplace(subscription.id, here);
    if (added) return true;
    const Seen& first = found->second;
    const std::string line = std::to_string(first.line);
    const std::string where =
        first.file == here.file ? "line " + line : files_[first.file] + ":" + line;
    map.problem(
        "id", "duplicate id: this subscription stands in " + where + " already, keep one of them");
    return false;
  }

  std::vector<std::string> files_ = {};  // the last one is being read
  std::vector<Problem> problems_ = {};
  std::vector<DesiredSubscription> subscriptions_ = {};
  std::unordered_map<SubscriptionId, Seen> ids_ = {};
  Common defaults_ = {};  // of the present file
};

}  // namespace

Result<DesiredState, std::vector<Problem>> read_desired(const std::vector<NamedText>& files) {
  DesiredReader reader;
  std::vector<std::string_view> texts;
  for (const NamedText& file : files) {
    reader.read(file);
    texts.emplace_back(file.text);
  }
  if (files.empty()) reader.problems().push_back({.message = "no file with the desired state"});
  if (!reader.problems().empty()) return Unexpected(std::move(reader.problems()));
  return DesiredState{std::move(reader.subscriptions()), content_hash(texts)};
}

}  // namespace defenderd
