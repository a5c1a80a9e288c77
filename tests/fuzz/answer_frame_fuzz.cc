// One HTTP answer in foreign bytes (net/answer_frame.h). The first byte says what was asked and in
// which pieces the rest comes.

#include "net/answer_frame.h"

#include <array>
#include <string>

#include "fuzz/fuzz.h"

using namespace defenderd;
using fuzz::require;
using State = AnswerFrame::State;

namespace {

struct Read {
  State state = State::Incomplete;
  std::string why = {};
  std::size_t used = 0;
  bool keeps_alive = false;
  HttpResponse response = {};
};

Read read(std::string_view bytes, Asked asked, const AnswerLimits& limits, std::size_t piece) {
  AnswerFrame frame(asked, limits);
  Read result;
  while (frame.state() == State::Incomplete && result.used < bytes.size()) {
    const std::string_view next = bytes.substr(result.used, piece);
    const std::size_t used = frame.feed(next);
    require(used <= next.size(), "no more is taken than has come");
    require(used == next.size() || frame.state() != State::Incomplete, "nothing is left waiting");
    result.used += used;
  }
  const bool at_end = frame.state() == State::Incomplete;
  if (at_end) frame.end();
  result.state = frame.state();
  result.why = frame.why();
  result.keeps_alive = frame.keeps_alive();
  if (result.state != State::Complete) return result;
  require(!at_end || !result.keeps_alive, "what ends with its connection leaves none");
  result.response = frame.take();
  return result;
}

void check(const Read& read, const AnswerLimits& limits) {
  if (read.state == State::Malformed || read.state == State::TooLarge) {
    require(!read.why.empty(), "a refusal says why");
    fuzz::require_printable(read.why, 200);
  }
  if (read.state == State::Incomplete)
    require(read.used <= limits.lines + limits.body, "what is never whole is not collected");
  if (read.state != State::Complete) return;
  const HttpResponse& response = read.response;
  require(response.status >= 100 && response.status <= 599, "a status is one");
  require(response.body.size() <= limits.body, "a body is bounded");
  require(response.headers.size() <= limits.headers, "headers are counted");
  for (const auto& [name, value] : response.headers) {
    require(!name.empty() && name.find_first_of(": \t\r\n") == std::string::npos, "a name is one");
    require(value.find_first_of(std::string_view("\r\n\0", 3)) == std::string::npos,
            "a value is on one line");
    require(name.size() + value.size() <= limits.header, "a header is bounded");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view bytes = fuzz::text_of(data, size);
  if (bytes.empty()) return 0;
  const auto choice = static_cast<unsigned char>(bytes[0]);
  bytes.remove_prefix(1);
  const Asked asked =
      std::array{Asked::Anything, Asked::Anything, Asked::Head, Asked::Connect}.at(choice % 4);
  // Limits that short inputs reach.
  AnswerLimits limits;
  limits.status_line = 40;
  limits.header = 60;
  limits.headers = 6;
  limits.interim = 2;
  limits.lines = 400;
  limits.body = 100;

  const Read whole = read(bytes, asked, limits, bytes.size());
  check(whole, limits);
  check(read(bytes, asked, {}, bytes.size()), {});
  for (const std::size_t piece : {std::size_t{1}, std::size_t{choice} / 4 + 1}) {
    const Read pieces = read(bytes, asked, limits, piece);
    require(pieces.state == whole.state, "pieces change no state");
    // Of two bounds the first that is reached is named, which may be either.
    require(pieces.why == whole.why || whole.state == State::TooLarge, "pieces change no reason");
    if (whole.state != State::Complete) continue;
    require(pieces.used == whole.used && pieces.keeps_alive == whole.keeps_alive &&
                pieces.response.headers == whole.response.headers &&
                pieces.response.body == whole.response.body,
            "pieces change no answer");
  }
  return 0;
}
