#include "desired/accepted_findings.h"

#include <array>
#include <string>
#include <string_view>
#include <utility>

#include "base/text.h"
#include "desired/keys.h"
#include "desired/limits.h"
#include "desired/map_reader.h"
#include "desired/read_value.h"

namespace defenderd {
namespace {

std::optional<FindingKind> read_kind(const Value& value) {
  static const auto all_words = [] {
    std::array<std::string_view, kAllFindingKinds.size()> words{};
    for (std::size_t i = 0; i < words.size(); ++i) words.at(i) = to_text(kAllFindingKinds.at(i));
    return words;
  }();
  const auto word = read_word(value, all_words);
  if (!word) return std::nullopt;
  return kAllFindingKinds.at(*word);
}

std::optional<std::string> read_resource(const Value& value) {
  auto text = read_text(value, limits::kResource);
  constexpr std::string_view kStart = "/subscriptions/";
  if (text && !iequals(std::string_view(*text).substr(0, kStart.size()), kStart)) {
    value.expected("the resource's ARM id, /subscriptions/...");
    return std::nullopt;
  }
  return text;
}

std::optional<AcceptedFinding> read_item(const Value& value) {
  const MapReader map(value, keys::kAccept);
  if (!map.is_map()) return std::nullopt;
  if (!map.has("finding")) map.missing("finding", "which finding is accepted");
  if (!map.has("reason")) map.missing("reason", "why it is accepted");
  if (!map.has("until")) map.missing("until", "a time such as 2026-12-24T00:00:00Z");
  AcceptedFinding result;
  const auto kind = map.get("finding", read_kind);
  map.into(result.resource, "resource", read_resource);
  map.into(result.reason, "reason", read_text, limits::kReason, LineBreaks::BecomeSpaces);
  const auto until = map.get("until", read_time);
  if (!kind || !until || result.reason.empty()) return std::nullopt;
  result.finding = *kind;
  result.until = *until;
  return result;
}

std::optional<std::vector<AcceptedFinding>> read_accept(const Value& list) {
  if (list.node().kind != YamlKind::Sequence) {
    list.expected("a list of accepted findings");
    return std::nullopt;
  }
  if (list.node().count == 0 || list.node().count > limits::kAccepted) {
    list.problem("expected 1 to " + std::to_string(limits::kAccepted) +
                 " findings: delete the key if none is accepted");
    return std::nullopt;
  }
  std::vector<AcceptedFinding> accepted;
  each_item(list, [&](const Value& item) {
    if (auto one = read_item(item)) accepted.push_back(*std::move(one));
  });
  return accepted;
}

}  // namespace

std::optional<std::vector<AcceptedFinding>> read_accepted_findings(const Value& value) {
  const MapReader map(value, keys::kFindings);
  if (!map.is_map()) return std::nullopt;
  if (!map.has("accept")) map.missing("accept", "the findings that are accepted");
  return map.get("accept", read_accept);
}

}  // namespace defenderd
