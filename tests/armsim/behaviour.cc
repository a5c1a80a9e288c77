#include "armsim/behaviour.h"

#include <array>
#include <charconv>
#include <functional>
#include <optional>
#include <utility>

#include "base/text.h"
#include "base/time_text.h"

namespace armsim {
namespace {

using defenderd::Done;
using defenderd::Error;
using defenderd::Result;
using defenderd::Unexpected;

constexpr std::array<std::pair<std::string_view, Unregistered>, 4> kUnregistered{
    {{"spaced", Unregistered::SpacedCode},
     {"message", Unregistered::PlainMessage},
     {"joined", Unregistered::JoinedCode},
     {"generic", Unregistered::ArmGeneric}}};

constexpr std::array<std::pair<std::string_view, UnknownExtension>, 3> kUnknownExtension{
    {{"stored", UnknownExtension::Stored},
     {"refused", UnknownExtension::Refused},
     {"ignored", UnknownExtension::Ignored}}};

constexpr std::array<std::pair<std::string_view, FilterNames>, 3> kFilterNames{
    {{"stored", FilterNames::Stored},
     {"snake", FilterNames::Snake},
     {"joined", FilterNames::Joined}}};

// How a field of one type is read from text (false if it cannot be) and written.
bool read(std::string_view text, bool& into) {
  const std::string word = defenderd::to_lower(text);
  into = word == "true" || word == "on" || word == "yes";
  return into || word == "false" || word == "off" || word == "no";
}
std::string write(bool value) { return value ? "true" : "false"; }

bool read(std::string_view text, int& into) {
  const char* const end = text.data() + text.size();
  return std::from_chars(text.data(), end, into).ptr == end && !text.empty() && into >= 0;
}
std::string write(int value) { return std::to_string(value); }

template <class Rep, class Period>
bool read(std::string_view text, std::chrono::duration<Rep, Period>& into) {
  const auto duration = defenderd::parse_duration(text);
  if (duration) into = std::chrono::duration_cast<std::chrono::duration<Rep, Period>>(*duration);
  return duration.has_value();
}
template <class Rep, class Period>
std::string write(std::chrono::duration<Rep, Period> value) {
  return defenderd::format_duration(value);
}

bool read(std::string_view text, Bucket& into) {
  const std::size_t slash = text.find('/');
  int burst = 0;
  int rate = 0;
  if (slash == std::string_view::npos || !read(text.substr(0, slash), burst) ||
      !read(text.substr(slash + 1), rate)) {
    return false;
  }
  into = {static_cast<double>(burst), static_cast<double>(rate)};
  return true;
}
std::string write(const Bucket& value) {
  return std::to_string(static_cast<int>(value.burst)) + "/" +
         std::to_string(static_cast<int>(value.per_second));
}

template <class Table, class Value>
bool read_name(const Table& table, std::string_view text, Value& into) {
  for (const auto& [name, value] : table) {
    if (!defenderd::iequals(name, text)) continue;
    into = value;
    return true;
  }
  return false;
}
template <class Table, class Value>
std::string name_of(const Table& table, Value value) {
  for (const auto& [name, known] : table) {
    if (known == value) return std::string(name);
  }
  return "";
}

bool read(std::string_view text, Unregistered& into) {
  return read_name(kUnregistered, text, into);
}
std::string write(Unregistered value) { return name_of(kUnregistered, value); }

bool read(std::string_view text, UnknownExtension& into) {
  return read_name(kUnknownExtension, text, into);
}
std::string write(UnknownExtension value) { return name_of(kUnknownExtension, value); }

bool read(std::string_view text, FilterNames& into) { return read_name(kFilterNames, text, into); }
std::string write(FilterNames value) { return name_of(kFilterNames, value); }

bool read(std::string_view text, DeniedReads& into) {
  const auto denied = parse_denied_reads(text);
  if (denied) into = *denied;
  return denied.has_value();
}
std::string write(const DeniedReads& value) { return to_text(value); }

bool read(std::string_view text, std::vector<Extension>& into) {
  std::vector<Extension> result;
  while (!text.empty()) {
    const std::size_t comma = text.find(',');
    const std::string_view item = text.substr(0, comma);
    text = comma == std::string_view::npos ? std::string_view() : text.substr(comma + 1);
    const std::size_t equals = item.find('=');
    bool on = false;
    if (equals == std::string_view::npos || equals == 0 || !read(item.substr(equals + 1), on))
      return false;
    result.push_back({std::string(item.substr(0, equals)), on, "", ""});
  }
  into = std::move(result);
  return true;
}
std::string write(const std::vector<Extension>& value) {
  std::string result;
  for (const Extension& extension : value)
    result += (result.empty() ? "" : ",") + extension.name + (extension.enabled ? "=on" : "=off");
  return result;
}

std::string_view form_of(const bool&) { return "true or false"; }
std::string_view form_of(const int&) { return "a whole number"; }
template <class Rep, class Period>
std::string_view form_of(const std::chrono::duration<Rep, Period>&) {
  return "a duration like 250ms or 1h";
}
std::string_view form_of(const Bucket&) { return "burst/per-second like 250/25"; }
std::string_view form_of(const Unregistered&) { return "spaced, message, joined or generic"; }
std::string_view form_of(const UnknownExtension&) { return "stored, refused or ignored"; }
std::string_view form_of(const FilterNames&) { return "stored, snake or joined"; }
std::string_view form_of(const DeniedReads&) {
  return "none, all, or some of accounts,deployments,raiPolicies,defenderForAISettings";
}
std::string_view form_of(const std::vector<Extension>&) { return "a list like Name=on,Other=off"; }

struct Field {
  std::string_view name;
  std::string_view form;
  std::function<bool(Behaviour&, std::string_view)> set;
  std::function<std::string(const Behaviour&)> get;
};

template <class Type>
Field field(std::string_view name, Type Behaviour::*member) {
  return {name, form_of(Behaviour().*member),
          [member](Behaviour& behaviour, std::string_view text) {
            return read(text, behaviour.*member);
          },
          [member](const Behaviour& behaviour) { return write(behaviour.*member); }};
}

const std::vector<Field>& fields() {
  using B = Behaviour;
  static const std::vector<Field> all_fields{
      field("default_extensions", &B::default_extensions),
      field("defaults_beside_list", &B::defaults_beside_list),
      field("list_honoured_when_switching", &B::list_honoured_when_switching),
      field("list_merges", &B::list_merges),
      field("omitted_list_keeps", &B::omitted_list_keeps),
      field("normalises_is_enabled", &B::normalises_is_enabled),
      field("boolean_is_enabled", &B::boolean_is_enabled),
      field("free_shows_extensions", &B::free_shows_extensions),
      field("failed_reads_as_asked", &B::failed_reads_as_asked),
      field("unknown_extensions", &B::unknown_extensions),
      field("get_shows_failures", &B::get_shows_failures),
      field("read_lag", &B::read_lag),
      field("json_only", &B::json_only),
      field("checks_sub_plan", &B::checks_sub_plan),
      field("partially_covered", &B::partially_covered),
      field("trial_days", &B::trial_days),
      field("omitted_enforce_resets", &B::omitted_enforce_resets),
      field("lower_case_ids", &B::lower_case_ids),
      field("put_status", &B::put_status),
      field("unknown_plan_status", &B::unknown_plan_status),
      field("disabled_status", &B::disabled_status),
      field("unregistered", &B::unregistered),
      field("provider_readable", &B::provider_readable),
      field("registering_polls", &B::registering_polls),
      field("write_takes", &B::write_takes),
      field("write_cool_down", &B::write_cool_down),
      field("latency", &B::latency),
      field("token_lifetime", &B::token_lifetime),
      field("page_size", &B::page_size),
      field("activity_lag", &B::activity_lag),
      field("activity_page_size", &B::activity_page_size),
      field("account_page_size", &B::account_page_size),
      field("denied_ai_reads", &B::denied_ai_reads),
      field("accounts_unregistered", &B::accounts_unregistered),
      field("setting_follows_plan", &B::setting_follows_plan),
      field("coverage_counts_settings", &B::coverage_counts_settings),
      field("default_policy_shields", &B::default_policy_shields),
      field("filter_names", &B::filter_names),
      field("old_versions_show_state", &B::old_versions_show_state),
      field("graph_lag", &B::graph_lag),
      field("graph_shows_extensions", &B::graph_shows_extensions),
      field("graph_page_size", &B::graph_page_size),
      field("graph_cuts_off", &B::graph_cuts_off),
      field("graph_quota", &B::graph_quota),
      field("graph_quota_window", &B::graph_quota_window),
      field("graph_subscription_limit", &B::graph_subscription_limit),
      field("read_bucket", &B::read_bucket),
      field("write_bucket", &B::write_bucket),
      field("buckets_shared", &B::buckets_shared),
      field("budget_throttles", &B::budget_throttles)};
  return all_fields;
}

}  // namespace

Result<Done> set_behaviour(Behaviour& behaviour, std::string_view name, std::string_view value) {
  std::vector<std::string_view> names;
  for (const Field& field : fields()) {
    names.push_back(field.name);
    if (field.name != name) continue;
    if (field.set(behaviour, value)) return Done{};
    return Unexpected(Error{"behaviour " + std::string(name) + " must be " +
                            std::string(field.form) + ", not '" + std::string(value) + "'"});
  }
  const std::string_view near = defenderd::nearest(name, names);
  return Unexpected(Error{"unknown behaviour '" + std::string(name) + "'" +
                          (near.empty() ? "" : ", did you mean '" + std::string(near) + "'?")});
}

std::vector<BehaviourField> list_behaviour(const Behaviour& behaviour) {
  std::vector<BehaviourField> result;
  for (const Field& field : fields())
    result.push_back({std::string(field.name), field.get(behaviour)});
  return result;
}

}  // namespace armsim
