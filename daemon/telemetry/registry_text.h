#pragma once
// Writes the families collected by prometheus-cpp's registry.

namespace prometheus {
struct MetricFamily;
}

namespace defenderd {

class Exposition;

void write_family(Exposition& out, const prometheus::MetricFamily& family);

}  // namespace defenderd
