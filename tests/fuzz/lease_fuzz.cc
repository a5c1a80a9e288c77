// A Lease of Kubernetes, and what is written over it (kube/lease_json.h); and a compressed text as
// a ConfigMap has it.

#include "fuzz/fuzz.h"
#include "kube/compressed_text.h"
#include "kube/lease_json.h"

using namespace defenderd;
using fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t kMost = 100'000;
  const std::string_view text = fuzz::text_of(data, size);
  const auto expanded = expanded_text(text, kMost);
  require(!expanded || expanded->size() <= kMost, "a bomb is not expanded");
  const auto record = parse_lease(text, "defenderd");
  if (!record) return 0;
  require(!record->duration || *record->duration > Duration::zero(), "a duration is usable");
  require(record->transitions >= 0, "so is the count");
  fuzz::require_printable(record->holder, 256 + 3);
  fuzz::require_printable(record->url, 1024 + 3);
  LeaseRecord mine = *record;
  mine.holder = "me";
  mine.duration = std::chrono::seconds(15);
  ++mine.transitions;
  const auto again = parse_lease(format_lease_over(text, mine), "defenderd");
  require(again && again->holder == "me" && again->transitions == mine.transitions &&
              again->renewed == mine.renewed && again->duration == mine.duration,
          "what is written is read");
  return 0;
}
