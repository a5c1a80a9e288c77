#pragma once
// Writes what the registry of prometheus-cpp collected.

namespace prometheus {
struct MetricFamily;
}

namespace defenderd {

class Exposition;

void write_family(Exposition& out, const prometheus::MetricFamily& family);

}  // namespace defenderd
