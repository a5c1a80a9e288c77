#pragma once
// Times as Kubernetes' JSON has them.

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace kubesim {

// A MicroTime as the server reads it: RFC 3339 with exactly six digits after the point, and a zone
// (apimachinery parses with the layout "2006-01-02T15:04:05.000000Z07:00", where Go wants every
// digit). nullopt for anything else.
[[nodiscard]] std::optional<defenderd::WallTime> parse_micro_time(std::string_view text);

// "2026-12-24T00:00:00.000000Z", as the server writes it.
[[nodiscard]] std::string format_micro_time(defenderd::WallTime time);

// A Time, "2026-12-24T00:00:00Z".
[[nodiscard]] std::string format_time(defenderd::WallTime time);

}  // namespace kubesim
