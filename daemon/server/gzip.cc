#include "server/gzip.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <utility>

#include "base/list_text.h"
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
    const std::string_view item = take_entry(accept_encoding);
    const std::size_t semicolon = item.find(';');
    const std::string_view coding = trim(item.substr(0, semicolon));
    const bool yes = semicolon == std::string_view::npos || !refused(item.substr(semicolon));
    if (iequals(coding, "gzip")) return yes;
    if (coding == "*") any = yes;
  }
  return any;
}

GzipWriter::GzipWriter()
    : stream_(std::make_unique<z_stream>()),
      state_(::deflateInit2(stream_.get(), Z_BEST_SPEED, Z_DEFLATED, kGzipFormat, kMemoryLevel,
                            Z_DEFAULT_STRATEGY)) {}

GzipWriter::~GzipWriter() { ::deflateEnd(stream_.get()); }

void GzipWriter::add(std::string_view text) {
  constexpr std::size_t kMost = std::numeric_limits<uInt>::max();
  for (; !text.empty(); text.remove_prefix(std::min(text.size(), kMost)))
    deflate(text.substr(0, kMost), Z_NO_FLUSH);
}

std::string GzipWriter::finish() {
  deflate({}, Z_FINISH);
  return state_ == Z_STREAM_END ? std::exchange(packed_, {}) : std::string();
}

void GzipWriter::deflate(std::string_view text, int flush) {
  std::array<char, 32768> piece{};
  stream_->next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));  // NOLINT: zlib's C
  stream_->avail_in = static_cast<uInt>(text.size());
  do {
    // Z_BUF_ERROR: there was nothing to do.
    if (state_ != Z_OK && state_ != Z_BUF_ERROR) return;
    stream_->next_out = reinterpret_cast<Bytef*>(piece.data());  // NOLINT: zlib's C
    stream_->avail_out = static_cast<uInt>(piece.size());
    state_ = ::deflate(stream_.get(), flush);
    packed_.append(piece.data(), piece.size() - stream_->avail_out);
  } while (stream_->avail_out == 0);
}

std::string gzip(std::string_view text) {
  GzipWriter writer;
  writer.add(text);
  return writer.finish();
}

}  // namespace defenderd
