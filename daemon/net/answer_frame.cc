#include "net/answer_frame.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "base/http_text.h"
#include "base/letters.h"
#include "base/text.h"

namespace defenderd {
namespace {

constexpr std::string_view kLineEnd = "\r\n";
constexpr const char* kNoChunkEnd = "a chunk is not as long as its size says";

bool is_blank(char c) { return c == ' ' || c == '\t'; }

std::string_view without_blanks(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

std::string size_text(std::size_t bytes) {
  constexpr std::size_t kKibi = 1024;
  if (bytes >= kKibi * kKibi && bytes % (kKibi * kKibi) == 0)
    return std::to_string(bytes / kKibi / kKibi) + " MiB";
  if (bytes >= kKibi && bytes % kKibi == 0) return std::to_string(bytes / kKibi) + " KiB";
  return std::to_string(bytes) + " bytes";
}

}  // namespace

AnswerFrame::AnswerFrame(Asked asked, const AnswerLimits& limits)
    : asked_(asked), limits_(limits) {}

std::size_t AnswerFrame::feed(std::string_view data) {
  std::size_t used = 0;
  while (state_ == State::Incomplete && used < data.size()) {
    const std::string_view rest = data.substr(used);
    used += part_ < Part::Chunk ? take_line(rest) : take_body(rest);
  }
  return used;
}

void AnswerFrame::end() {
  if (state_ == State::Incomplete && part_ == Part::UntilEnd) state_ = State::Complete;
}

std::size_t AnswerFrame::line_limit() const {
  switch (part_) {
    case Part::StatusLine:
    case Part::ChunkSize:
      return limits_.status_line;
    case Part::ChunkEnd:
      return 0;
    default:
      return limits_.header;
  }
}

std::size_t AnswerFrame::take_line(std::string_view data) {
  const std::size_t end = data.find('\n');
  const std::size_t count = end == std::string_view::npos ? data.size() : end + 1;
  // Checked before the line is stored: it may never end.
  if (open_line_.size() + count > line_limit() + kLineEnd.size()) {
    switch (part_) {
      case Part::StatusLine:
        too_large("its status line is longer than " + size_text(limits_.status_line));
        break;
      case Part::ChunkSize:
        too_large("the line with the size of a chunk is longer than " +
                  size_text(limits_.status_line));
        break;
      case Part::ChunkEnd:
        malformed(kNoChunkEnd);
        break;
      default:
        too_large("a header is longer than " + size_text(limits_.header));
    }
    return count;
  }
  lines_ += count;
  if (lines_ > limits_.lines) {
    too_large("its headers and the lines between its chunks are larger than " +
              size_text(limits_.lines));
    return count;
  }
  std::string_view line = data.substr(0, count);
  if (end == std::string_view::npos) {
    open_line_ += line;
    return count;
  }
  if (!open_line_.empty()) {
    open_line_ += line;
    line = open_line_;
  }
  if (!line.ends_with(kLineEnd)) {
    malformed(part_ == Part::ChunkEnd ? kNoChunkEnd
                                      : "a line ends with a line feed without a carriage return");
    return count;
  }
  line.remove_suffix(kLineEnd.size());
  if (line.find('\r') != std::string_view::npos || line.find('\0') != std::string_view::npos) {
    malformed("a line contains a carriage return or a NUL");
    return count;
  }
  read_line(line);
  open_line_.clear();
  return count;
}

void AnswerFrame::read_line(std::string_view line) {
  switch (part_) {
    case Part::StatusLine:
      return read_status(line);
    case Part::ChunkSize:
      return read_chunk_size(line);
    case Part::ChunkEnd:
      if (!line.empty()) return malformed(kNoChunkEnd);
      part_ = Part::ChunkSize;
      return;
    default:
      if (!line.empty()) return read_field(line);
      if (part_ == Part::Headers) return finish_head();
      state_ = State::Complete;  // the trailers have ended
  }
}

// RFC 9112 4: "HTTP/1.1 200 OK". The reason phrase may be missing, and some servers also omit the
// space before it.
void AnswerFrame::read_status(std::string_view line) {
  constexpr std::string_view kVersion = "HTTP/1.";
  constexpr std::size_t kCode = kVersion.size() + 2;
  constexpr std::size_t kDigits = 3;
  const bool shaped = line.size() >= kCode + kDigits && line.starts_with(kVersion) &&
                      is_digit(line[kVersion.size()]) && line[kCode - 1] == ' ' &&
                      is_digit(line[kCode]) && is_digit(line[kCode + 1]) &&
                      is_digit(line[kCode + 2]) &&
                      (line.size() == kCode + kDigits || line[kCode + kDigits] == ' ');
  if (!shaped) return malformed("it does not start with HTTP/1.1 and a three-digit status");
  is_http_1_0_ = line[kVersion.size()] == '0';
  response_.status =
      (line[kCode] - '0') * 100 + (line[kCode + 1] - '0') * 10 + (line[kCode + 2] - '0');
  if (response_.status < 100 || response_.status > 599)
    return malformed("its status is not between 100 and 599");
  part_ = Part::Headers;
  fields_ = 0;
}

void AnswerFrame::read_field(std::string_view line) {
  const bool is_trailer = part_ == Part::Trailers;  // these are checked and discarded
  if (is_blank(line.front())) {
    // RFC 9112 5.2: a line that continues the previous value; the break counts as one space.
    if (fields_ == 0) return malformed("its first header starts with a space");
    field_size_ += line.size();
    if (field_size_ > limits_.header)
      return too_large("a header is longer than " + size_text(limits_.header));
    if (is_trailer) return;
    std::string& value = response_.headers.back().second;
    value += ' ';
    value += without_blanks(line);
    return;
  }
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return malformed("a header has no colon");
  const std::string_view name = line.substr(0, colon);
  if (!is_token(name))
    return malformed("the name of a header contains a character that is not allowed");
  if (++fields_ > limits_.headers)
    return too_large("it has more than " + std::to_string(limits_.headers) + " headers");
  field_size_ = line.size();
  if (!is_trailer) response_.headers.emplace_back(name, without_blanks(line.substr(colon + 1)));
}

void AnswerFrame::finish_head() {
  const int status = response_.status;
  if (status == 101) return malformed("it switches protocols (101), which was not requested");
  if (status < 200) {
    // RFC 9110 15.2: any number of these may come before the answer.
    if (++interim_ > limits_.interim) {
      return too_large("more than " + std::to_string(limits_.interim) +
                       " interim answers (1xx) came before it");
    }
    response_.headers.clear();
    part_ = Part::StatusLine;
    return;
  }
  begin_body();
}

// RFC 9112 6.3: the length of the body. Contradictions enable response splitting.
void AnswerFrame::begin_body() {
  keeps_alive_ = !is_http_1_0_;
  std::optional<std::size_t> length;
  bool chunked = false;
  bool encoded = false;
  if (asked_ == Asked::Connect) {
    state_ = State::Complete;
    return;
  }
  for (const auto& [name, value] : response_.headers) {
    if (iequals(name, "Content-Length")) {
      const auto named = parse_content_length(value);
      if (!named) return malformed("its Content-Length is not one number");
      if (length && *length != *named) return malformed("it has two different Content-Lengths");
      length = named;
    } else if (iequals(name, "Transfer-Encoding")) {
      if (chunked || !iequals(value, "chunked"))
        return malformed("its Transfer-Encoding is not chunked");
      chunked = true;
    } else if (iequals(name, "Connection")) {
      keeps_alive_ = keeps_alive_ && to_lower(value).find("close") == std::string::npos;
    } else if (iequals(name, "Content-Encoding")) {
      encoded = encoded || !iequals(value, "identity");
    }
  }
  if (chunked && length) return malformed("it has both a Content-Length and a Transfer-Encoding");
  if (chunked && is_http_1_0_) return malformed("it has a Transfer-Encoding in HTTP/1.0");
  if (asked_ == Asked::Head || response_.status == 204 || response_.status == 304 ||
      (length && *length == 0)) {
    state_ = State::Complete;
    return;
  }
  if (encoded) return malformed("it is compressed (Content-Encoding), which was not requested");
  if (chunked) {
    part_ = Part::ChunkSize;
  } else if (!length) {
    part_ = Part::UntilEnd;
    keeps_alive_ = false;
  } else if (*length > limits_.body) {
    too_large("it is larger than " + size_text(limits_.body));
  } else {
    part_ = Part::Length;
    remaining_ = *length;
    response_.body.reserve(*length);
  }
}

// RFC 9112 7.1: a hexadecimal number, and possibly extensions, which are ignored.
void AnswerFrame::read_chunk_size(std::string_view line) {
  std::size_t size = 0;
  std::size_t digits = 0;
  for (; digits < line.size() && hex_value(line[digits]) >= 0; ++digits) {
    size = size * 16 + static_cast<std::size_t>(hex_value(line[digits]));
    if (size > limits_.body) return too_large("it is larger than " + size_text(limits_.body));
  }
  const std::string_view behind = without_blanks(line.substr(digits));
  if (digits == 0 || (!behind.empty() && behind.front() != ';'))
    return malformed("the size of a chunk is not a hexadecimal number");
  if (response_.body.size() + size > limits_.body)
    return too_large("it is larger than " + size_text(limits_.body));
  part_ = size == 0 ? Part::Trailers : Part::Chunk;
  remaining_ = size;
  fields_ = 0;
}

std::size_t AnswerFrame::take_body(std::string_view data) {
  if (part_ == Part::UntilEnd) {
    if (response_.body.size() + data.size() > limits_.body)
      too_large("it is larger than " + size_text(limits_.body));
    else
      response_.body += data;
    return data.size();
  }
  const std::size_t count = std::min(data.size(), remaining_);
  response_.body += data.substr(0, count);
  remaining_ -= count;
  if (remaining_ > 0) return count;
  if (part_ == Part::Chunk)
    part_ = Part::ChunkEnd;
  else
    state_ = State::Complete;
  return count;
}

void AnswerFrame::malformed(std::string why) {
  state_ = State::Malformed;
  why_ = std::move(why);
}

void AnswerFrame::too_large(std::string why) {
  state_ = State::TooLarge;
  why_ = std::move(why);
}

std::optional<std::size_t> parse_content_length(std::string_view value) {
  constexpr std::size_t kGreatest = std::numeric_limits<std::size_t>::max();
  std::optional<std::size_t> result;
  while (true) {
    const std::size_t comma = value.find(',');
    const std::string_view text = without_blanks(value.substr(0, comma));
    if (text.empty() || !std::all_of(text.begin(), text.end(), is_digit)) return std::nullopt;
    std::size_t length = 0;
    for (const char c : text) {
      const auto digit = static_cast<std::size_t>(c - '0');
      length = length > (kGreatest - digit) / 10 ? kGreatest : length * 10 + digit;
    }
    if (result && *result != length) return std::nullopt;
    result = length;
    if (comma == std::string_view::npos) return result;
    value.remove_prefix(comma + 1);
  }
}

}  // namespace defenderd
