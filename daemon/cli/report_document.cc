#include "cli/report_document.h"

#include <charconv>
#include <cstdint>

#include "base/time_text.h"

namespace defenderd {

std::string readable(const std::string& value, ReportKind kind) {
  if (kind != ReportKind::Seconds || value.empty()) return value;
  std::int64_t seconds = 0;
  std::from_chars(value.data(), value.data() + value.size(), seconds);
  return format_duration(std::chrono::seconds(seconds));
}

}  // namespace defenderd
