#include "telemetry/registry_text.h"

#include <prometheus/metric_family.h>

#include <cmath>
#include <limits>
#include <string>

#include "telemetry/exposition.h"

namespace defenderd {
namespace {

std::string labels_of(const prometheus::ClientMetric& metric) {
  std::string result;
  for (const auto& label : metric.label) append_label(result, label.name, label.value);
  return result;
}

void write_histogram(Exposition& out, const prometheus::ClientMetric& metric) {
  const std::string labels = labels_of(metric);
  bool has_infinity = false;
  const auto bucket = [&](double bound, double count) {
    std::string with_bound = labels;
    append_label(with_bound, "le", bound_text(bound));
    out.suffixed("_bucket", with_bound, count);
    has_infinity = has_infinity || std::isinf(bound);
  };
  for (const auto& b : metric.histogram.bucket) {
    bucket(b.upper_bound, static_cast<double>(b.cumulative_count));
  }
  const auto count = static_cast<double>(metric.histogram.sample_count);
  if (!has_infinity) bucket(std::numeric_limits<double>::infinity(), count);
  out.suffixed("_sum", labels, metric.histogram.sample_sum);
  out.suffixed("_count", labels, count);
}

}  // namespace

void write_family(Exposition& out, const prometheus::MetricFamily& family) {
  std::string name = family.name;
  MetricKind kind = MetricKind::Gauge;
  if (family.type == prometheus::MetricType::Counter) {
    kind = MetricKind::Counter;
    if (name.ends_with("_total")) name.resize(name.size() - 6);
  } else if (family.type == prometheus::MetricType::Histogram) {
    kind = MetricKind::Histogram;
  }
  out.family(name, kind, family.help);
  for (const prometheus::ClientMetric& metric : family.metric) {
    if (kind == MetricKind::Histogram) {
      write_histogram(out, metric);
    } else {
      out.sample(labels_of(metric),
                 kind == MetricKind::Counter ? metric.counter.value : metric.gauge.value);
    }
  }
}

}  // namespace defenderd
