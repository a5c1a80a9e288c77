#include "telemetry/questions_section.h"

#include <optional>
#include <utility>

#include "base/json_writer.h"
#include "base/time_text.h"
#include "telemetry/section_list.h"

namespace defenderd {
namespace {

void write(JsonWriter& json, const ActorQuestion& question) {
  json.member("subscription", question.subscription.text());
  if (question.tenant) json.member("tenant", question.tenant->text());
  json.key("fields");
  json.begin_array();
  for (const Field& field : question.fields) {
    json.begin_object();
    write_field(json, field);
    json.end_object();
  }
  json.end_array();
  json.member("asDeclared", format_rfc3339(question.as_declared_at));
  json.member("seen", format_rfc3339(question.seen_at));
  json.key("ownWrites");
  json.begin_array();
  for (const std::string& id : question.own_writes) json.value(id);
  json.end_array();
  json.member("rounds", question.rounds);
  if (!question.earlier_writes.empty()) {
    json.key("earlierWrites");
    json.begin_array();
    for (const std::string& id : question.earlier_writes) json.value(id);
    json.end_array();
  }
}

std::optional<ActorQuestion> read_question(const SectionNode& item) {
  const auto id = item["subscription"].id();
  const auto tenant = item["tenant"].text();
  auto fields = item["fields"].list<Field>(read_field);
  const auto as_declared = item["asDeclared"].as_time();
  const auto seen = item["seen"].as_time();
  const auto text_in = [](const auto& text) { return text.text(); };
  auto own = item["ownWrites"].list<std::string>(text_in);
  auto earlier = item["earlierWrites"].list<std::string>(text_in);
  const auto rounds = item["rounds"].count();
  const bool good = id && fields && as_declared && seen && own && rounds;
  if (!good || *rounds >= kAskedAfter.size()) return std::nullopt;
  ActorQuestion question{*id};
  if (tenant) {
    question.tenant = TenantId::parse(*tenant);
    if (!question.tenant) return std::nullopt;
  }
  question.fields = *std::move(fields);
  question.as_declared_at = *as_declared;
  question.seen_at = *seen;
  question.own_writes = *std::move(own);
  question.rounds = static_cast<int>(*rounds);
  if (earlier) question.earlier_writes = *std::move(earlier);
  return question;
}

}  // namespace

std::string format(const std::vector<ActorQuestion>& questions) {
  return list_text(questions, write);
}

Result<std::vector<ActorQuestion>> parse_questions_section(std::string_view text) {
  return parse_list<ActorQuestion>(text, read_question, "its data about who changed what");
}

}  // namespace defenderd
