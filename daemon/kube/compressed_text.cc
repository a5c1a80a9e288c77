#include "kube/compressed_text.h"

#include <zlib.h>

#include <algorithm>
#include <array>

#include "base/base64url.h"

namespace defenderd {
namespace {

// Added to zlib's window bits, it asks for the gzip format.
constexpr int kGzip = 16;

// zlib takes pointers to what it does not change.
Bytef* bytes_of(std::string_view text) {
  return reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
}

// The ordinary alphabet, with padding, which Kubernetes requires.
std::string base64(std::string_view bytes) {
  std::string text = base64url(bytes);
  std::replace(text.begin(), text.end(), '-', '+');
  std::replace(text.begin(), text.end(), '_', '/');
  while (text.size() % 4 != 0) text += '=';
  return text;
}

}  // namespace

std::string compressed_text(std::string_view text) {
  z_stream stream{};
  constexpr int kMemory = 8;  // zlib's default
  if (::deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, MAX_WBITS + kGzip, kMemory,
                     Z_DEFAULT_STRATEGY) != Z_OK) {
    return {};
  }
  std::string packed(::deflateBound(&stream, text.size()), '\0');
  stream.next_in = bytes_of(text);
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = bytes_of(packed);
  stream.avail_out = static_cast<uInt>(packed.size());
  const int result = ::deflate(&stream, Z_FINISH);
  packed.resize(stream.total_out);
  ::deflateEnd(&stream);
  return result == Z_STREAM_END ? base64(packed) : std::string();
}

std::optional<std::string> expanded_text(std::string_view compressed, std::size_t max_bytes) {
  const auto packed = from_base64url(compressed);
  if (!packed) return std::nullopt;
  z_stream stream{};
  if (::inflateInit2(&stream, MAX_WBITS + kGzip) != Z_OK) return std::nullopt;
  stream.next_in = bytes_of(*packed);
  stream.avail_in = static_cast<uInt>(packed->size());
  std::string text;
  std::array<char, 16'384> part{};
  int result = Z_OK;
  while (result == Z_OK && text.size() <= max_bytes) {
    stream.next_out = reinterpret_cast<Bytef*>(part.data());
    stream.avail_out = part.size();
    result = ::inflate(&stream, Z_NO_FLUSH);
    text.append(part.data(), part.size() - stream.avail_out);
  }
  ::inflateEnd(&stream);
  if (result != Z_STREAM_END || text.size() > max_bytes) return std::nullopt;
  return text;
}

}  // namespace defenderd
