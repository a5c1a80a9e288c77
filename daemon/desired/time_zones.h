#pragma once
// Time zones by their IANA names, from the machine's tz database.

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "core/time_zone.h"

namespace defenderd {

// The Error completes the sentence "expected an IANA time zone such as Europe/Berlin, found ...".
[[nodiscard]] Result<std::shared_ptr<const TimeZone>> find_time_zone(const std::string& name);

}  // namespace defenderd
