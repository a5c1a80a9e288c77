#pragma once
// A subscription that is no longer declared may come back: an edit that is undone, a listing that
// left it out, a tag that was changed. For this long its absence forgets no more than a restart
// would.

#include <chrono>

namespace defenderd {

inline constexpr auto kAbsenceRemembered = std::chrono::hours(24);

}  // namespace defenderd
