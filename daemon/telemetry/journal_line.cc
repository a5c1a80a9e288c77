#include "telemetry/journal_line.h"

#include <array>
#include <nlohmann/json.hpp>

#include "base/json_writer.h"
#include "base/scrub.h"
#include "core/actor.h"

namespace defenderd {
namespace {

struct Member {
  std::string_view name;
  std::string JournalLine::*text;
};
// With maybe_applied before the first of `kAfter`.
constexpr std::array kBefore{Member{"time", &JournalLine::time},
                             Member{"result", &JournalLine::result},
                             Member{"subscription_id", &JournalLine::subscription_id},
                             Member{"name", &JournalLine::name},
                             Member{"field", &JournalLine::field},
                             Member{"from", &JournalLine::from},
                             Member{"to", &JournalLine::to},
                             Member{"since", &JournalLine::since},
                             Member{"as_declared", &JournalLine::as_declared},
                             Member{"actor_kind", &JournalLine::actor_kind},
                             Member{"actor", &JournalLine::actor},
                             Member{"client", &JournalLine::client},
                             Member{"address", &JournalLine::address},
                             Member{"happened", &JournalLine::happened},
                             Member{"reason", &JournalLine::reason},
                             Member{"resource", &JournalLine::resource},
                             Member{"message", &JournalLine::message},
                             Member{"declared_reason", &JournalLine::declared_reason},
                             Member{"by", &JournalLine::by},
                             Member{"confirmed", &JournalLine::confirmed},
                             Member{"was_withheld", &JournalLine::was_withheld}};
constexpr std::array kAfter{Member{"request_id", &JournalLine::request_id},
                            Member{"correlation_id", &JournalLine::correlation_id},
                            Member{"client_request_id", &JournalLine::client_request_id},
                            Member{"desired_hash", &JournalLine::desired_hash},
                            Member{"commit", &JournalLine::commit},
                            Member{"replica", &JournalLine::replica},
                            Member{"version", &JournalLine::version}};

// All of them, and their JSON escapes, stay below kMaxJournalLine.
constexpr std::size_t kMaxText = 1300;
constexpr std::size_t kMaxName = 200;  // of one of several actors

void write(JsonWriter& json, const JournalLine& line, const Member& member) {
  const std::string& text = line.*member.text;
  if (!text.empty()) json.member(member.name, outgoing_text(text, kMaxText));
  if (member.text != &JournalLine::actor || line.actors.empty()) return;
  json.key("actors");
  json.begin_array();
  for (const std::string& name : line.actors) json.value(outgoing_text(name, kMaxName));
  json.end_array();
}

std::vector<std::string> texts_in(const nlohmann::json& json, std::string_view member) {
  std::vector<std::string> texts;
  const auto found = json.find(member);
  if (found == json.end() || !found->is_array()) return texts;
  for (const auto& item : *found) {
    if (texts.size() == kMostWriters) break;
    if (item.is_string()) texts.push_back(item.get<std::string>());
  }
  return texts;
}

}  // namespace

std::string format(const JournalLine& line) {
  JsonWriter json;
  json.begin_object();
  for (const Member& member : kBefore) write(json, line, member);
  if (line.maybe_applied) json.member("maybe_applied", true);
  for (const Member& member : kAfter) write(json, line, member);
  json.end_object();
  return json.take() + "\n";
}

std::optional<JournalLine> parse_journal_line(std::string_view text) {
  const nlohmann::json json = nlohmann::json::parse(text, nullptr, false);
  if (!json.is_object()) return std::nullopt;
  JournalLine line;
  const auto read = [&](const Member& member) {
    const auto found = json.find(member.name);
    if (found != json.end() && found->is_string()) {
      line.*member.text = found->get_ref<const std::string&>();
    }
  };
  for (const Member& member : kBefore) read(member);
  for (const Member& member : kAfter) read(member);
  line.actors = texts_in(json, "actors");
  const auto maybe = json.find("maybe_applied");
  line.maybe_applied = maybe != json.end() && maybe->is_boolean() && maybe->get<bool>();
  if (line.time.empty() || line.result.empty()) return std::nullopt;
  return line;
}

bool ends_intent(const JournalLine& line) {
  return line.result == journal_result::kApplied || line.result == journal_result::kFailed ||
         line.result == journal_result::kWithheld;
}

}  // namespace defenderd
