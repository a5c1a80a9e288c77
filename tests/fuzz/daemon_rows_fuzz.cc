// What a daemon at --url answers: the rows of its API, which whatever answers there may have
// written (cli/daemon_rows.h).

#include "cli/daemon_rows.h"

#include "fuzz/fuzz.h"
#include "net/json_document.h"

using namespace defenderd;
using fuzz::require;

namespace {

// Any row is a value or none. The texts are not printable yet: whoever prints them sees to that.
void check(const JsonValue& row) {
  if (const auto swept = swept_of(row)) {
    const SubscriptionId id = swept->outcome.desired.id;
    require(SubscriptionId::parse(id.text()) == id, "an id is one");
  }
  if (const auto finding = finding_of(row))
    require(find_by_text(kAllFindingKinds, to_text(finding->kind)) == finding->kind, "it is known");
  if (const auto left = left_scope_of(row))
    require(SubscriptionId::parse(left->id.text()) == left->id, "an id is one");
  if (const auto uncovered = uncovered_of(row))
    require(SubscriptionId::parse(uncovered->id.text()) == uncovered->id, "an id is one");
  static_cast<void>(freeze_of(row));
  static_cast<void>(line_of(row));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto document = JsonDocument::parse(fuzz::text_of(data, size));
  if (!document) return 0;
  check(document->root());
  for (const JsonValue& row : document->root().member("items").items()) check(row);
  return 0;
}
