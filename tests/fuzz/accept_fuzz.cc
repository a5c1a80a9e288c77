// Accept and Accept-Encoding of a request (telemetry/exposition.h, server/gzip.h).

#include "fuzz/fuzz.h"
#include "server/gzip.h"
#include "telemetry/exposition.h"

using namespace defenderd;
using fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string value(fuzz::text_of(data, size));
  const ExpositionFormat format = negotiate(value);
  require(negotiate(" " + value + " ") == format, "blanks around a header do not matter");
  require(negotiate(value + ",") == format, "an empty item does not matter");
  const bool gzip = accepts_gzip(value);
  require(accepts_gzip(" " + value + " ") == gzip, "blanks around a header do not matter");
  require(accepts_gzip("br," + value) == gzip, "another coding does not matter");
  if (gzip) require(value.find_first_of("gG*") != std::string::npos, "gzip was named");
  return 0;
}
