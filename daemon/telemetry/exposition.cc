#include "telemetry/exposition.h"

#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <memory>
#include <utility>

#include "base/list_text.h"
#include "base/text.h"

namespace defenderd {
namespace {

constexpr std::size_t kNumberSize = 32;      // no number written below is longer
constexpr std::size_t kPiece = 32UL * 1024;  // passed to a sink at once; fits into the cache

// Returns the end of what it wrote.
char* put_number(char* to, double value) {
  const auto word = [to](std::string_view text) {
    std::memcpy(to, text.data(), text.size());
    return to + text.size();
  };
  if (std::isnan(value)) return word("NaN");
  if (std::isinf(value)) return word(value > 0 ? "+Inf" : "-Inf");
  constexpr double kExact = 9007199254740992.0;  // 2^53
  // Most values are whole numbers, which are written several times faster.
  const bool whole = std::fabs(value) < kExact && value == std::trunc(value);
  return whole ? std::to_chars(to, to + kNumberSize, static_cast<std::int64_t>(value)).ptr
               : std::to_chars(to, to + kNumberSize, value).ptr;
}

// A page of memory is allocated when it is first written: for a text of ten megabytes, thousands of
// the usual size, which together cost as much as the writing.
void prefer_large_pages(char* from, std::size_t size) {
  constexpr std::size_t kLarge = 2UL << 20U;
  void* begin = from;
  if (size < kLarge || std::align(kLarge, kLarge, begin, size) == nullptr) return;
  // If the system has none, the usual ones are used.
  ::madvise(begin, size - size % kLarge, MADV_HUGEPAGE);
}

void append_escaped(std::string& out, std::string_view text, bool quotes) {
  const auto is_special = [quotes](char c) {
    return c == '\\' || c == '\n' || (quotes && c == '"');
  };
  while (true) {
    const auto* const at = std::find_if(text.begin(), text.end(), is_special);
    out.append(text.begin(), at);  // usually the whole text
    if (at == text.end()) return;
    out += '\\';
    out += *at == '\n' ? 'n' : *at;
    text.remove_prefix(static_cast<std::size_t>(at - text.begin()) + 1);
  }
}

std::string_view type_text(MetricKind kind, ExpositionFormat format) {
  switch (kind) {
    case MetricKind::Counter:
      return "counter";
    case MetricKind::Histogram:
      return "histogram";
    case MetricKind::Info:
      return format == ExpositionFormat::OpenMetrics ? "info" : "gauge";
    case MetricKind::Gauge:
      break;
  }
  return "gauge";
}

std::string_view unit_of(std::string_view name) {
  for (const std::string_view unit : {"seconds", "bytes"}) {
    if (name.size() > unit.size() && name.ends_with(unit) &&
        name[name.size() - unit.size() - 1] == '_') {
      return unit;
    }
  }
  return {};
}

// The quality that `accept` gives one media range: "a/b;q=0.5".
double quality(std::string_view parameters) {
  while (!parameters.empty()) {
    const std::string_view parameter = take_entry(parameters, ';');
    if (parameter.starts_with("q=") || parameter.starts_with("Q=")) {
      double value = 0;
      std::from_chars(parameter.data() + 2, parameter.data() + parameter.size(), value);
      return value;
    }
  }
  return 1;
}

}  // namespace

std::string_view content_type(ExpositionFormat format) {
  return format == ExpositionFormat::OpenMetrics
             ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
             : "text/plain; version=0.0.4; charset=utf-8";
}

ExpositionFormat negotiate(std::string_view accept) {
  double open_metrics = 0;
  double text = 0;
  while (!accept.empty()) {
    const std::string_view range = take_entry(accept);
    const std::size_t semicolon = range.find(';');
    const std::string_view type = trim(range.substr(0, semicolon));
    const std::string_view parameters =
        semicolon == std::string_view::npos ? std::string_view() : range.substr(semicolon + 1);
    const bool other_version = parameters.find("version=") != std::string_view::npos &&
                               parameters.find("version=1.0.0") == std::string_view::npos;
    if (iequals(type, "application/openmetrics-text") && !other_version) {
      open_metrics = std::max(open_metrics, quality(parameters));
    } else if (iequals(type, "text/plain")) {
      text = std::max(text, quality(parameters));
    }
  }
  return open_metrics > 0 && open_metrics >= text ? ExpositionFormat::OpenMetrics
                                                  : ExpositionFormat::Prometheus;
}

void append_label(std::string& out, std::string_view key, std::string_view value) {
  if (!out.empty()) out += ',';
  out += key;
  out += "=\"";
  append_escaped(out, value, true);
  out += '"';
}

std::string label_text(
    std::initializer_list<std::pair<std::string_view, std::string_view>> labels) {
  std::string result;
  for (const auto& [key, value] : labels) append_label(result, key, value);
  return result;
}

void Exposition::family(std::string_view name, MetricKind kind, std::string_view help) {
  name_ = name;
  suffix_ = kind == MetricKind::Counter ? "_total" : kind == MetricKind::Info ? "_info" : "";
  const bool open_metrics = format_ == ExpositionFormat::OpenMetrics;
  const auto head = [&](std::string_view word) {
    text_ += "# ";
    text_ += word;
    text_ += ' ';
    text_ += name_;
    if (!open_metrics) text_ += suffix_;
    text_ += ' ';
  };
  head("HELP");
  append_escaped(text_, help, open_metrics);
  text_ += '\n';
  head("TYPE");
  text_ += type_text(kind, format_);
  text_ += '\n';
  const std::string_view unit = unit_of(name);
  if (open_metrics && !unit.empty()) {
    head("UNIT");
    text_ += unit;
    text_ += '\n';
  }
}

void Exposition::reserve(std::size_t bytes) {
  if (sink_) return;
  text_.reserve(bytes);
  prefer_large_pages(text_.data(), text_.capacity());
}

void Exposition::sample(std::string_view labels, std::string_view more, double value) {
  line(suffix_, labels, more, value);
}

void Exposition::suffixed(std::string_view suffix, std::string_view labels, double value) {
  line(suffix, labels, {}, value);
}

void Exposition::line(std::string_view suffix, std::string_view labels, std::string_view more,
                      double value) {
  // Grown once for the whole line: this is most of the cost of a scrape of a large fleet.
  constexpr std::size_t kPunctuation = 5;
  const std::size_t start = text_.size();
  text_.resize(start + name_.size() + suffix.size() + labels.size() + more.size() + kPunctuation +
               kNumberSize);
  char* to = text_.data() + start;
  const auto put = [&to](std::string_view part) {
    if (!part.empty()) std::memcpy(to, part.data(), part.size());  // not from a null pointer
    to += part.size();
  };
  put(name_);
  put(suffix);
  if (!labels.empty() || !more.empty()) {
    *to++ = '{';
    put(labels);
    if (!labels.empty() && !more.empty()) *to++ = ',';
    put(more);
    *to++ = '}';
  }
  *to++ = ' ';
  to = put_number(to, value);
  *to++ = '\n';
  text_.resize(static_cast<std::size_t>(to - text_.data()));
  if (sink_ && text_.size() >= kPiece) hand_on();
}

void Exposition::hand_on() {
  sink_(text_);
  text_.clear();
}

std::string Exposition::finish() {
  if (format_ == ExpositionFormat::OpenMetrics) text_ += "# EOF\n";
  if (sink_) hand_on();
  return std::exchange(text_, {});
}

std::string bound_text(double bound) {
  std::array<char, kNumberSize> buffer{};
  std::string result(buffer.data(), put_number(buffer.data(), bound));
  if (std::isfinite(bound) && result.find_first_of(".e") == std::string::npos) result += ".0";
  return result;
}

}  // namespace defenderd
