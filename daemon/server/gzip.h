#pragma once
// Compression of answers if the client asks for it.

#include <memory>
#include <string>
#include <string_view>

struct z_stream_s;  // zlib's

namespace defenderd {

// By an Accept-Encoding header: gzip (or *) is named and not disabled by q=0.
[[nodiscard]] bool accepts_gzip(std::string_view accept_encoding);

// In the gzip format, at the fastest level: metrics and rows are so repetitive that more effort
// gains little.
class GzipWriter {
 public:
  GzipWriter();
  ~GzipWriter();
  GzipWriter(const GzipWriter&) = delete;
  GzipWriter& operator=(const GzipWriter&) = delete;

  void add(std::string_view text);
  // All added text, compressed. "" on failure.
  [[nodiscard]] std::string finish();

 private:
  void deflate(std::string_view text, int flush);

  std::unique_ptr<z_stream_s> stream_;
  std::string packed_ = {};
  int state_;  // zlib's last result
};

// A whole text. "" on failure.
[[nodiscard]] std::string gzip(std::string_view text);

}  // namespace defenderd
