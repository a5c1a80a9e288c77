#include "app/bug_report.h"

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "base/scrub.h"

namespace defenderd {

OnThrow report_bugs(Logger& log) {
  const auto reported = std::make_shared<std::atomic<std::uint64_t>>(0);
  return [&log, reported](std::string_view doing, std::string_view what) {
    const std::string count = std::to_string(++*reported);
    log.log(LogLevel::Error, log_event::kBug,
            std::string(doing) + " threw an exception, please report it: " + foreign_text(what),
            {{log_key::kCount, count}});
  };
}

}  // namespace defenderd
