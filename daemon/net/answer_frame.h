#pragma once
// One HTTP answer, read from a connection's bytes as they come. It stands where a library's parser
// would: each line has a bound before it is looked at, nothing recurses, and what breaks RFC 9112
// is refused in words. Pure.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "net/http.h"

namespace defenderd {

struct AnswerLimits {
  std::size_t status_line = std::size_t{1} * 1024;  // the size of a chunk has the same bound
  std::size_t header = std::size_t{16} * 1024;      // one header or trailer, unfolded
  std::size_t headers = 256;                        // of one head, or of the trailers
  std::size_t interim = 16;                         // answers with a status from 100 to 199
  // All lines together: heads, interim answers, chunk sizes, trailers.
  std::size_t lines = std::size_t{256} * 1024;
  std::size_t body = std::size_t{8} * 1024 * 1024;
};

// What was asked, as far as it decides where the answer ends. After the head of an answer to
// CONNECT the bytes are no longer HTTP, or nobody's concern.
enum class Asked { Anything, Head, Connect };

class AnswerFrame {
 public:
  enum class State { Incomplete, Complete, Malformed, TooLarge };

  explicit AnswerFrame(Asked asked, const AnswerLimits& limits = {});

  // Takes what belongs to the answer and returns how many bytes that was: all of them while the
  // state is Incomplete.
  std::size_t feed(std::string_view data);
  // The server has ended the connection in good order. A body without a length ends with it.
  void end();

  [[nodiscard]] State state() const { return state_; }
  // Which rule or limit was broken, as a part of a sentence. Repeats nothing of the answer.
  [[nodiscard]] const std::string& why() const { return why_; }
  // Of a complete answer: the server takes another request on this connection.
  [[nodiscard]] bool keeps_alive() const { return keeps_alive_; }
  // Of a complete answer; leaves nothing behind.
  [[nodiscard]] HttpResponse take() { return std::move(response_); }

 private:
  enum class Part {
    StatusLine,
    Headers,
    ChunkSize,
    ChunkEnd,  // the empty line behind a chunk
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
  std::string open_line_ = {};  // the beginning of a line whose end has not come yet
  std::size_t lines_ = 0;       // bytes
  std::size_t fields_ = 0;      // of this head, or of the trailers
  std::size_t field_size_ = 0;  // of the last one, with its folded lines
  std::size_t interim_ = 0;     // so many have been skipped
  std::size_t remaining_ = 0;   // bytes of this body or chunk
  bool is_http_1_0_ = false;
  bool keeps_alive_ = false;
};

// The length that a Content-Length names; a list of equal lengths counts as one (RFC 9112 6.3).
// nullopt: it is no length. A length beyond all numbers is the greatest number.
[[nodiscard]] std::optional<std::size_t> parse_content_length(std::string_view value);

}  // namespace defenderd
