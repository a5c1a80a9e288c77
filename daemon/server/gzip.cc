#include "server/gzip.h"

#include <zlib.h>

#include <array>
#include <charconv>
#include <limits>

#include "base/text.h"

namespace defenderd {
namespace {

constexpr int kGzipFormat = 15 + 16;  // the largest window, with gzip's header
constexpr int kMemoryLevel = 8;

bool refused(std::string_view parameters) {
  const std::size_t q = parameters.find("q=");
  if (q == std::string_view::npos) return false;
  double value = 1;
  std::from_chars(parameters.data() + q + 2, parameters.data() + parameters.size(), value);
  return value <= 0;
}

}  // namespace

bool accepts_gzip(std::string_view accept_encoding) {
  bool any = false;
  while (!accept_encoding.empty()) {
    const std::size_t comma = accept_encoding.find(',');
    const std::string_view item = accept_encoding.substr(0, comma);
    accept_encoding.remove_prefix(comma == std::string_view::npos ? accept_encoding.size()
                                                                  : comma + 1);
    const std::size_t semicolon = item.find(';');
    const std::string_view coding = trim(item.substr(0, semicolon));
    const bool yes = semicolon == std::string_view::npos || !refused(item.substr(semicolon));
    if (iequals(coding, "gzip")) return yes;
    if (coding == "*") any = yes;
  }
  return any;
}

std::string gzip(std::string_view text) {
  if (text.size() > std::numeric_limits<uInt>::max()) return {};
  z_stream stream{};
  if (::deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, kGzipFormat, kMemoryLevel,
                     Z_DEFAULT_STRATEGY) != Z_OK) {
    return {};
  }
  std::string result;
  std::array<char, 32768> piece{};
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));  // NOLINT: zlib's C
  stream.avail_in = static_cast<uInt>(text.size());
  int state = Z_OK;
  while (state == Z_OK) {
    stream.next_out = reinterpret_cast<Bytef*>(piece.data());  // NOLINT: zlib's C
    stream.avail_out = static_cast<uInt>(piece.size());
    state = ::deflate(&stream, Z_FINISH);
    result.append(piece.data(), piece.size() - stream.avail_out);
  }
  ::deflateEnd(&stream);
  return state == Z_STREAM_END ? result : std::string();
}

}  // namespace defenderd
