// The state document and its sections, as a file that anything may have written.

#include "fuzz/fuzz.h"
#include "telemetry/coverage_memory.h"
#include "telemetry/departures_section.h"
#include "telemetry/event_history.h"
#include "telemetry/files_section.h"
#include "telemetry/findings_section.h"
#include "telemetry/incidents_section.h"
#include "telemetry/questions_section.h"
#include "telemetry/removals_section.h"
#include "telemetry/safety_section.h"
#include "telemetry/share_history.h"
#include "telemetry/state_document.h"
#include "telemetry/status_board.h"
#include "telemetry/status_section.h"

using namespace defenderd;
using fuzz::require;

namespace {

// What was read is written, and read again.
template <class Parse>
void check(std::string_view text, const Parse& parse) {
  const auto memory = parse(text);
  if (!memory) return;
  const std::string written = format(*memory);
  const auto again = parse(written);
  require(again.has_value(), "what was written can be read");
  require(format(*again) == written, "and is written the same again");
}

void check_sections(std::string_view text) {
  check(text, parse_safety_section);
  check(text, parse_status_section);
  check(text, parse_departures_section);
  check(text, parse_incidents_section);
  check(text, parse_coverage_section);
  check(text, parse_ended_incidents_section);
  check(text, parse_event_section);
  check(text, parse_share_section);
  check(text, parse_questions_section);
  check(text, parse_findings_section);
  check(text, parse_removals_section);
  check(text, parse_files_section);
}

// A board that recalls anything can be asked, and remembers it as well.
void check_board(std::string_view text) {
  auto memory = parse_status_section(text);
  if (!memory) return;
  StatusBoard board;
  DesiredState desired;
  for (const auto& [id, since] : memory->in_sync) {
    DesiredSubscription subscription;
    subscription.id = id;
    desired.subscriptions.emplace_back(subscription);
    break;
  }
  board.recall(*std::move(memory));
  board.set_desired(desired, WallTime());
  require(parse_status_section(format(board.memory())).has_value(), "a memory can be read");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::text_of(data, size);
  check_sections(text);
  check_board(text);
  const auto document = parse_state_document(text);
  if (!document) return 0;
  for (const auto& [name, section] : document->sections) check_sections(section);
  const auto again = parse_state_document(format(*document));
  require(again.has_value(), "a document can be read back");
  require(again->sections == document->sections, "with all its sections");
  return 0;
}
