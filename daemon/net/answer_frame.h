#pragma once
// One HTTP answer, parsed from a connection's bytes as they arrive: each line is bounded before it
// is inspected, nothing recurses, and violations of RFC 9112 are rejected with a message. Pure.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "net/http.h"

namespace defenderd {

struct AnswerLimits {
  std::size_t status_line = std::size_t{1} * 1024;  // the size of a chunk has the same limit
  std::size_t header = std::size_t{16} * 1024;      // one header or trailer, unfolded
  std::size_t headers = 256;                        // of one head, or of the trailers
  std::size_t interim = 16;                         // answers with a status from 100 to 199
  // All lines together: heads, interim answers, chunk sizes, trailers.
  std::size_t lines = std::size_t{256} * 1024;
  std::size_t body = std::size_t{8} * 1024 * 1024;
};

// What the request was, as far as it affects where the answer ends. After the head of an answer to
// CONNECT, the bytes are no longer HTTP.
enum class Asked { Anything, Head, Connect };

class AnswerFrame {
 public:
  enum class State { Incomplete, Complete, Malformed, TooLarge };

  explicit AnswerFrame(Asked asked, const AnswerLimits& limits = {});

  // Consumes what belongs to the answer and returns the number of bytes: all of them while the
  // state is Incomplete.
  std::size_t feed(std::string_view data);
  // The server has closed the connection cleanly. A body without a length ends here.
  void end();

  [[nodiscard]] State state() const { return state_; }
  // The rule or limit that was violated, as part of a sentence. Repeats nothing of the answer.
  [[nodiscard]] const std::string& why() const { return why_; }
  // For a complete answer: the server accepts another request on this connection.
  [[nodiscard]] bool keeps_alive() const { return keeps_alive_; }
  // For a complete answer; clears it.
  [[nodiscard]] HttpResponse take() { return std::move(response_); }

 private:
  enum class Part {
    StatusLine,
    Headers,
    ChunkSize,
    ChunkEnd,  // the empty line after a chunk
    Trailers,
    Chunk,    // bytes of the body from here on
    Length,   // of a Content-Length
    UntilEnd  // of the connection
  };

  std::size_t take_line(std::string_view data);
  std::size_t take_body(std::string_view data);
  void read_line(std::string_view line);
  void read_status(std::string_view line);
  void read_field(std::string_view line);
  void read_chunk_size(std::string_view line);
  void finish_head();
  void begin_body();
  [[nodiscard]] std::size_t line_limit() const;
  void malformed(std::string why);
  void too_large(std::string why);

  const Asked asked_;
  const AnswerLimits limits_;
  State state_ = State::Incomplete;
  Part part_ = Part::StatusLine;
  HttpResponse response_ = {};
  std::string why_ = {};
  std::string open_line_ = {};  // the start of a line whose end has not arrived yet
  std::size_t lines_ = 0;       // bytes
  std::size_t fields_ = 0;      // of this head, or of the trailers
  std::size_t field_size_ = 0;  // of the last one, with its folded lines
  std::size_t interim_ = 0;     // number of skipped interim answers
  std::size_t remaining_ = 0;   // bytes of this body or chunk
  bool is_http_1_0_ = false;
  bool keeps_alive_ = false;
};

// The length in a Content-Length; a list of equal lengths counts as one (RFC 9112 6.3). nullopt:
// not a length. A length that is too large for the type becomes its maximum.
[[nodiscard]] std::optional<std::size_t> parse_content_length(std::string_view value);

}  // namespace defenderd
