#pragma once
// Compression of answers where the client asks for it.

#include <memory>
#include <string>
#include <string_view>

struct z_stream_s;  // zlib's

namespace defenderd {

// By an Accept-Encoding header: gzip is named (or *) and not refused by q=0.
[[nodiscard]] bool accepts_gzip(std::string_view accept_encoding);

// In the gzip format, at the fastest level: metrics and rows repeat themselves so much that more
// effort buys little.
class GzipWriter {
 public:
  GzipWriter();
  ~GzipWriter();
  GzipWriter(const GzipWriter&) = delete;
  GzipWriter& operator=(const GzipWriter&) = delete;

  void add(std::string_view text);
  // All that was added, compressed. "" on failure.
  [[nodiscard]] std::string finish();

 private:
  void deflate(std::string_view text, int flush);

  std::unique_ptr<z_stream_s> stream_;
  std::string packed_ = {};
  int state_;  // what zlib answered last
};

// A whole text. "" on failure.
[[nodiscard]] std::string gzip(std::string_view text);

}  // namespace defenderd
