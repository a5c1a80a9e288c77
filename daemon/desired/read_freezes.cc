#include "desired/read_freezes.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "base/letters.h"
#include "desired/keys.h"
#include "desired/limits.h"
#include "desired/map_reader.h"
#include "desired/read_value.h"
#include "desired/time_zones.h"

namespace defenderd {
namespace {

constexpr std::array<std::string_view, 7> kDays{"mon", "tue", "wed", "thu", "fri", "sat", "sun"};
constexpr std::array<std::string_view, 1> kExcept{"enable"};

// Reads each item of a list that is not empty. nullopt if any is wrong.
template <class T, class Read>
std::optional<std::vector<T>> read_list(const Value& list, std::string_view what, std::size_t most,
                                        Read read) {
  if (list.node().kind != YamlKind::Sequence) {
    list.expected("a list of " + std::string(what));
    return std::nullopt;
  }
  if (list.node().count == 0 || list.node().count > most) {
    list.problem("expected 1 to " + std::to_string(most) + " " + std::string(what) +
                 ": delete the key if there is none");
    return std::nullopt;
  }
  std::vector<T> items;
  each_item(list, [&](const Value& item) {
    if (auto one = read(item)) items.push_back(*std::move(one));
  });
  if (items.size() < list.node().count) return std::nullopt;
  return items;
}

std::optional<std::array<bool, 7>> read_days(const Value& value) {
  const auto days = read_list<std::size_t>(value, "days", kDays.size(),
                                           [](const Value& day) { return read_word(day, kDays); });
  if (!days) return std::nullopt;
  std::array<bool, 7> result{};
  for (const std::size_t day : *days) result.at(day) = true;
  return result;
}

std::optional<std::chrono::minutes> read_time_of_day(const Value& value) {
  if (value.node().kind == YamlKind::Scalar) {
    if (const auto time = parse_time_of_day(value.text())) return time;
  }
  value.expected("a time of day such as \"18:00\"");
  return std::nullopt;
}

std::optional<std::shared_ptr<const TimeZone>> read_zone(const Value& value) {
  constexpr std::string_view kExpected = "an IANA time zone such as Europe/Berlin";
  if (value.node().kind != YamlKind::Scalar) {
    value.expected(kExpected);
    return std::nullopt;
  }
  auto zone = find_time_zone(std::string(value.text()));
  if (zone) return *std::move(zone);
  value.expected(kExpected, zone.error().message);
  return std::nullopt;
}

std::optional<WeeklyWindow> read_weekly(const Value& value) {
  const MapReader map(value, keys::kWeekly);
  if (!map.is_map()) return std::nullopt;
  if (!map.has("days")) map.missing("days", "the days on which it begins, such as [fri, sat]");
  if (!map.has("from")) map.missing("from", "when it begins, such as \"18:00\"");
  if (!map.has("for")) map.missing("for", "how long it lasts, such as 12h");
  if (!map.has("timeZone")) map.missing("timeZone", "where, such as Europe/Berlin or UTC");
  const auto days = map.get("days", read_days);
  const auto from = map.get("from", read_time_of_day);
  const auto length = map.get("for", read_duration, limits::kMinWindow, limits::kMaxWindow);
  auto zone = map.get("timeZone", read_zone);
  if (!days || !from || !length || !zone) return std::nullopt;
  return WeeklyWindow{*days, *from, *length, *std::move(zone)};
}

std::optional<std::vector<std::string>> read_owners(const Value& value) {
  return read_list<std::string>(value, "owners", limits::kFreezeOwners, [](const Value& owner) {
    return read_text(owner, limits::kPerson);
  });
}

std::optional<Freeze> read_freeze(const Value& value) {
  const MapReader map(value, keys::kFreeze);
  if (!map.is_map()) return std::nullopt;
  Freeze freeze;
  freeze.source = value.report.file() + ":" + std::to_string(value.place().line);
  if (!map.has("reason")) map.missing("reason", "the reason for the freeze");
  map.into(freeze.reason, "reason", read_text, limits::kReason, LineBreaks::BecomeSpaces);
  map.into(freeze.by, "by", read_text, limits::kPerson, LineBreaks::BecomeSpaces);
  freeze.from = map.get("from", read_time);
  freeze.until = map.get("until", read_time);
  freeze.weekly = map.get("weekly", read_weekly);
  map.into(freeze.owners, "owners", read_owners);
  freeze.except_enable = map.get("except", read_word, kExcept).has_value();
  for (const std::string_view key : {"from", "until"}) {
    if (map.has("weekly") && map.has(key))
      map.problem(key, "a weekly freeze has no beginning and end of its own, delete one of them");
  }
  if (freeze.from && freeze.until && *freeze.until <= *freeze.from)
    map.problem("until", "until is not after from");
  return freeze;
}

}  // namespace

std::optional<std::chrono::minutes> parse_time_of_day(std::string_view text) {
  if (text.size() != 5 || text[2] != ':') return std::nullopt;
  for (const std::size_t at : {0U, 1U, 3U, 4U}) {
    if (!is_digit(text[at])) return std::nullopt;
  }
  const int hours = (text[0] - '0') * 10 + (text[1] - '0');
  const int minutes = (text[3] - '0') * 10 + (text[4] - '0');
  if (hours > 23 || minutes > 59) return std::nullopt;
  return std::chrono::hours(hours) + std::chrono::minutes(minutes);
}

std::optional<std::vector<Freeze>> read_freezes(const Value& value) {
  return read_list<Freeze>(value, "freezes", limits::kFreezes, read_freeze);
}

}  // namespace defenderd
