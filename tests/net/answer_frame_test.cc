#include "net/answer_frame.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace defenderd {
namespace {

using State = AnswerFrame::State;
using testing::HasSubstr;

struct Read {
  State state = State::Incomplete;
  std::string why;
  int status = 0;
  HttpHeaders headers;
  std::string body;
  std::size_t used = 0;
  bool keeps_alive = false;
  bool operator==(const Read&) const = default;
};

// Arrives in pieces of these sizes, the last of which repeats; then the connection ends.
Read read_in(const std::vector<std::size_t>& pieces, std::string_view bytes,
             Asked asked = Asked::Anything, const AnswerLimits& limits = {}) {
  AnswerFrame frame(asked, limits);
  Read result;
  std::size_t next = 0;
  while (frame.state() == State::Incomplete && result.used < bytes.size()) {
    const std::string_view piece = bytes.substr(result.used, pieces[next]);
    const std::size_t used = frame.feed(piece);
    EXPECT_TRUE(used == piece.size() || frame.state() != State::Incomplete);
    result.used += used;
    if (next + 1 < pieces.size()) ++next;
  }
  if (frame.state() == State::Incomplete) frame.end();
  result.state = frame.state();
  result.why = frame.why();
  if (result.state != State::Complete) return result;
  result.keeps_alive = frame.keeps_alive();
  HttpResponse response = frame.take();
  result.status = response.status;
  result.headers = std::move(response.headers);
  result.body = std::move(response.body);
  return result;
}

// Whatever the pieces, the answer is the same.
Read read(std::string_view bytes, Asked asked = Asked::Anything, const AnswerLimits& limits = {}) {
  Read whole = read_in({bytes.size()}, bytes, asked, limits);
  Read drip = read_in({1}, bytes, asked, limits);
  if (whole.state != State::Complete) drip.used = whole.used;  // it is refused at its first byte
  EXPECT_EQ(drip, whole) << "byte by byte";
  const std::size_t step = std::max<std::size_t>(1, bytes.size() / 200);
  for (std::size_t at = 1; at < bytes.size(); at += step) {
    Read halves = read_in({at, bytes.size()}, bytes, asked, limits);
    if (whole.state != State::Complete) halves.used = whole.used;
    EXPECT_EQ(halves, whole) << "cut at " << at;
  }
  return whole;
}

std::string ok(const std::string& headers, const std::string& body = "") {
  return "HTTP/1.1 200 OK\r\n" + headers + "\r\n" + body;
}

struct GoodCase {
  const char* description;
  std::string bytes;
  int status;
  std::string body;
  bool keeps_alive;
  Asked asked = Asked::Anything;
};

const std::string kChunked = "Transfer-Encoding: chunked\r\n";

TEST(AnswerFrame, ReadsWhatRfc9112Allows) {
  const std::vector<GoodCase> cases{
      {"a length", ok("Content-Length: 2\r\n", "ab"), 200, "ab", true},
      {"a length with zeros in front", ok("Content-Length: 0002\r\n", "ab"), 200, "ab", true},
      {"no length: until the end", ok("", "abc"), 200, "abc", false},
      {"nothing until the end", ok(""), 200, "", false},
      {"an empty body", ok("Content-Length: 0\r\n"), 200, "", true},
      {"no words behind the status", "HTTP/1.1 204 \r\n\r\n", 204, "", true},
      {"not even the blank", "HTTP/1.1 204\r\n\r\n", 204, "", true},
      {"words beyond ASCII", "HTTP/1.1 204 \xC3\x9C\r\n\r\n", 204, "", true},
      {"an old server", "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nab", 200, "ab", false},
      {"a version to come", "HTTP/1.2 200 OK\r\nContent-Length: 2\r\n\r\nab", 200, "ab", true},
      {"the same length twice", ok("Content-Length: 2\r\nContent-Length: 2\r\n", "ab"), 200, "ab",
       true},
      {"a list of one length", ok("Content-Length: 2, 2\r\n", "ab"), 200, "ab", true},
      {"the server ends it", ok("Content-Length: 2\r\nConnection: x, Close\r\n", "ab"), 200, "ab",
       false},
      {"it does not", ok("Content-Length: 2\r\nConnection: keep-alive\r\n", "ab"), 200, "ab", true},
      {"identity is no encoding", ok("Content-Encoding: identity\r\nContent-Length: 1\r\n", "a"),
       200, "a", true},
      {"chunks", ok(kChunked, "2\r\nab\r\n1\r\nc\r\n0\r\n\r\n"), 200, "abc", true},
      {"no chunk", ok(kChunked, "0\r\n\r\n"), 200, "", true},
      {"chunks in another case", ok("transfer-encoding: Chunked\r\n", "0\r\n\r\n"), 200, "", true},
      {"sizes in hexadecimal, with zeros",
       ok(kChunked,
          "00000000000000000000a\r\n0123456789\r\n"
          "0\r\n\r\n"),
       200, "0123456789", true},
      {"chunk extensions", ok(kChunked, "2;a=b;c=\"d;e\"\r\nab\r\n1 ; x\r\nc\r\n0;z\r\n\r\n"), 200,
       "abc", true},
      {"a chunk that holds line ends", ok(kChunked, "6\r\n\r\n0\r\n\r\r\n0\r\n\r\n"), 200,
       "\r\n0\r\n\r", true},
      {"trailers", ok(kChunked, "2\r\nab\r\n0\r\nX-Checksum: 1\r\nContent-Length: 9\r\n\r\n"), 200,
       "ab", true},
      {"early hints",
       "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + ok("Content-Length: 2\r\n", "ab"), 200,
       "ab", true},
      {"several interim answers",
       "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 Processing\r\nContent-Length: 7\r\n\r\n"
       "HTTP/1.1 103\r\nTransfer-Encoding: nonsense\r\n\r\nHTTP/1.1 404 No\r\nContent-Length: "
       "1\r\n\r\nx",
       404, "x", true},
      {"no content, whatever its headers say",
       "HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n", 204, "", true},
      {"not modified", "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", 304, "", true},
      {"only the head was asked for", ok("Content-Length: 50\r\n"), 200, "", true, Asked::Head},
      {"a head that would be chunked", ok(kChunked), 200, "", true, Asked::Head},
      {"a tunnel", "HTTP/1.1 200 Connection established\r\n\r\n", 200, "", true, Asked::Connect},
      {"a tunnel's length means nothing", ok("Content-Length: 5\r\n" + kChunked), 200, "", true,
       Asked::Connect},
      {"a refused tunnel", "HTTP/1.1 407 Login\r\nContent-Length: 500\r\n\r\n", 407, "", true,
       Asked::Connect},
      {"the last known status", "HTTP/1.1 599 ?\r\nContent-Length: 0\r\n\r\n", 599, "", true},
  };
  for (const GoodCase& test : cases) {
    SCOPED_TRACE(test.description);
    const Read answer = read(test.bytes, test.asked);
    ASSERT_EQ(answer.state, State::Complete) << answer.why;
    EXPECT_EQ(answer.status, test.status);
    EXPECT_EQ(answer.body, test.body);
    EXPECT_EQ(answer.keeps_alive, test.keeps_alive);
    EXPECT_EQ(answer.used, test.bytes.size());
  }
}

TEST(AnswerFrame, GivesTheHeadersOfTheAnswerAlone) {
  const Read answer = read(
      "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
      "HTTP/1.1 200 OK\r\nX-One:1\r\nx-two: \t a  b \t\r\nX-Empty:\r\nX-One: again\r\n"
      "X-Percent: %0d%0aX-Forged: 1\r\nX-Folded: a\r\n b\r\n\t c\r\n" +
      kChunked + "\r\n0\r\nX-Trailer: 1\r\n folded\r\n\r\n");
  ASSERT_EQ(answer.state, State::Complete) << answer.why;
  EXPECT_EQ(answer.headers, (HttpHeaders{{"X-One", "1"},
                                         {"x-two", "a  b"},
                                         {"X-Empty", ""},
                                         {"X-One", "again"},
                                         {"X-Percent", "%0d%0aX-Forged: 1"},
                                         {"X-Folded", "a b c"},
                                         {"Transfer-Encoding", "chunked"}}));
}

TEST(AnswerFrame, LeavesWhatIsBehindTheAnswer) {
  for (const std::string& first :
       {ok("Content-Length: 2\r\n", "ab"), ok(kChunked, "1\r\na\r\n0\r\n\r\n"),
        std::string("HTTP/1.1 204 No Content\r\n\r\n")}) {
    EXPECT_EQ(read(first + "HTTP/1.1 500 evil").used, first.size());
  }
  const std::string tunnel = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n";
  EXPECT_EQ(read(tunnel + "abc", Asked::Connect).used, tunnel.size());
}

TEST(AnswerFrame, AnAnswerThatIsCutOffIsNotComplete) {
  for (const std::string& bytes :
       {ok("Content-Length: 2\r\n", "ab"), ok(kChunked, "2\r\nab\r\n0\r\nX: 1\r\n\r\n"),
        "HTTP/1.1 100 Continue\r\n\r\n" + ok("Content-Length: 2\r\n", "ab")}) {
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      EXPECT_EQ(read_in({64}, std::string_view(bytes).substr(0, size)).state, State::Incomplete)
          << bytes.substr(0, size);
    }
  }
}

struct BadCase {
  const char* description;
  std::string bytes;
  std::string why;
};

TEST(AnswerFrame, RefusesInWordsWhatIsNotHttp) {
  const std::string no_status = "it does not start with HTTP/1.1 and a three-digit status";
  const std::string no_name = "the name of a header contains a character that is not allowed";
  const std::string no_length = "its Content-Length is not one number";
  const std::string bad_coding = "its Transfer-Encoding is not chunked";
  const std::string bad_size = "the size of a chunk is not a hexadecimal number";
  const std::string bad_end = "a chunk is not as long as its size says";
  const std::string bare_lf = "a line ends with a line feed without a carriage return";
  const std::string bare_cr = "a line contains a carriage return or a NUL";
  const std::vector<BadCase> cases{
      {"another protocol", "220 smtp ready\r\n", no_status},
      {"nothing", "\r\n", no_status},
      {"no status", "HTTP/1.1\r\n", no_status},
      {"letters for a status", "HTTP/1.1 abc\r\n", no_status},
      {"two digits", "HTTP/1.1 20\r\n", no_status},
      {"four digits", "HTTP/1.1 2000 OK\r\n", no_status},
      {"a sign", "HTTP/1.1 -20 OK\r\n", no_status},
      {"no blank before the status", "HTTP/1.1200 OK\r\n", no_status},
      {"two blanks", "HTTP/1.1  200 OK\r\n", no_status},
      {"HTTP/2 in words", "HTTP/2 200 OK\r\n", no_status},
      {"small letters", "http/1.1 200 OK\r\n", no_status},
      {"a shorter version", "HTTP/1. 200 OK\r\n", no_status},
      {"a status below all", "HTTP/1.1 099 OK\r\n", "its status is not between 100 and 599"},
      {"a status above all", "HTTP/1.1 600 OK\r\n", "its status is not between 100 and 599"},
      {"another protocol on this connection",
       "HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n", "it switches protocols (101)"},
      {"a bare line feed behind the status", "HTTP/1.1 200 OK\n\r\n", bare_lf},
      {"a bare line feed behind a header", "HTTP/1.1 200 OK\r\nX: 1\n\r\n", bare_lf},
      {"a bare line feed at the end", "HTTP/1.1 200 OK\r\nX: 1\r\n\n", bare_lf},
      {"a bare carriage return", ok("X: 1\rY: 2\r\n"), bare_cr},
      {"two carriage returns", ok("X: 1\r\r\n"), bare_cr},
      {"a NUL", ok(std::string("X: 1\0\r\n", 7)), bare_cr},
      {"no colon", ok("Nonsense\r\n"), "a header has no colon"},
      {"no name", ok(": 1\r\n"), no_name},
      {"a blank before the colon", ok("Content-Length : 1\r\n"), no_name},
      {"a name beyond ASCII", ok("X-\xC3\x9C: 1\r\n"), no_name},
      {"a value before any header", ok(" Content-Length: 1\r\n"),
       "its first header starts with a space"},
      {"two lengths", ok("Content-Length: 2\r\nContent-Length: 3\r\n"),
       "it has two different Content-Lengths"},
      {"two lengths in a list", ok("Content-Length: 2, 3\r\n"), no_length},
      {"no length", ok("Content-Length:\r\n"), no_length},
      {"a negative length", ok("Content-Length: -1\r\n"), no_length},
      {"a length with a sign", ok("Content-Length: +1\r\n"), no_length},
      {"a length with letters", ok("Content-Length: 1a\r\n"), no_length},
      {"a length in hexadecimal", ok("Content-Length: 0x1\r\n"), no_length},
      {"an empty place in a list", ok("Content-Length: 1,\r\n"), no_length},
      {"a length over two lines", ok("Content-Length: 1\r\n 2\r\n"), no_length},
      {"two lengths of no content",
       "HTTP/1.1 204 No\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
       "it has two different Content-Lengths"},
      {"a length and chunks", ok("Content-Length: 5\r\n" + kChunked),
       "it has both a Content-Length and a Transfer-Encoding"},
      {"chunks and a length", ok(kChunked + "Content-Length: 5\r\n"),
       "it has both a Content-Length and a Transfer-Encoding"},
      {"chunks of an old server", "HTTP/1.0 200 OK\r\n" + kChunked + "\r\n",
       "it has a Transfer-Encoding in HTTP/1.0"},
      {"another coding", ok("Transfer-Encoding: gzip, chunked\r\n"), bad_coding},
      {"chunked twice", ok(kChunked + kChunked), bad_coding},
      {"nearly chunked", ok("Transfer-Encoding: xchunked\r\n"), bad_coding},
      {"compressed", ok("Content-Encoding: gzip\r\nContent-Length: 5\r\n"),
       "it is compressed (Content-Encoding), which was not requested"},
      {"no size of a chunk", ok(kChunked, "\r\n"), bad_size},
      {"a negative size", ok(kChunked, "-1\r\n"), bad_size},
      {"a size in another notation", ok(kChunked, "0x1\r\n"), bad_size},
      {"a size and something else", ok(kChunked, "1 a\r\n"), bad_size},
      {"an extension without a size", ok(kChunked, ";a\r\n"), bad_size},
      {"a longer chunk than it says", ok(kChunked, "1\r\nab\r\n"), bad_end},
      {"a shorter chunk than it says", ok(kChunked, "3\r\nab\r\n0\r\n\r\n"), bad_end},
      {"a chunk that ends in a bare line feed", ok(kChunked, "1\r\na\n0\r\n\r\n"), bad_end},
      {"a size that ends in a bare line feed", ok(kChunked, "1\na\r\n"), bare_lf},
      {"a trailer that is none", ok(kChunked, "0\r\nNonsense\r\n\r\n"), "a header has no colon"},
      {"a trailer that continues nothing", ok(kChunked, "0\r\n x\r\n\r\n"),
       "its first header starts with a space"},
  };
  for (const BadCase& test : cases) {
    SCOPED_TRACE(test.description);
    const Read answer = read(test.bytes);
    EXPECT_EQ(answer.state, State::Malformed);
    EXPECT_THAT(answer.why, HasSubstr(test.why));
  }
}

// `count` of them behind each other.
std::string many(std::size_t count, const std::string& text) {
  std::string result;
  result.reserve(count * text.size());
  for (std::size_t i = 0; i < count; ++i) result += text;
  return result;
}

TEST(AnswerFrame, EverythingHasABound) {
  const std::string mebibyte(std::size_t{1} << 20U, 'x');
  const std::vector<BadCase> cases{
      {"30,000 letters", "HTTP/1.1 200 " + std::string(30'000, 'a') + "\r\n\r\n",
       "its status line is longer than 1 KiB"},
      {"a status line that never ends", std::string(2'000, 'a'),
       "its status line is longer than 1 KiB"},
      {"a header", ok("X: " + std::string(20'000, 'x') + "\r\n"), "a header is longer than 16 KiB"},
      {"a header that never ends", "HTTP/1.1 200 OK\r\n" + std::string(20'000, 'x'),
       "a header is longer than 16 KiB"},
      {"a folded header", ok("X: 1\r\n" + many(20, " " + std::string(1'000, 'x') + "\r\n")),
       "a header is longer than 16 KiB"},
      {"headers", ok(many(257, "X: 1\r\n")), "it has more than 256 headers"},
      {"a head", ok(many(20, "X: " + std::string(15'000, 'x') + "\r\n")),
       "its headers and the lines between its chunks are larger than 256 KiB"},
      {"interim answers", many(17, "HTTP/1.1 100 Continue\r\n\r\n"),
       "more than 16 interim answers (1xx) came before it"},
      {"interim answers in bytes",
       many(16,
            "HTTP/1.1 103 Hints\r\n" + many(2, "X: " + std::string(10'000, 'x') + "\r\n") + "\r\n"),
       "its headers and the lines between its chunks are larger than 256 KiB"},
      {"a body", ok("Content-Length: 8388609\r\n"), "it is larger than 8 MiB"},
      {"a length beyond all numbers", ok("Content-Length: " + std::string(1'000, '9') + "\r\n"),
       "it is larger than 8 MiB"},
      {"a chunk", ok(kChunked, "800001\r\n"), "it is larger than 8 MiB"},
      {"a chunk beyond all numbers", ok(kChunked, std::string(1'000, 'F') + "\r\n"),
       "it is larger than 8 MiB"},
      {"chunks", ok(kChunked, many(9, "100000\r\n" + mebibyte + "\r\n")),
       "it is larger than 8 MiB"},
      {"the line of a chunk's size", ok(kChunked, "1;" + std::string(2'000, 'x') + "\r\n"),
       "the line with the size of a chunk is longer than 1 KiB"},
      {"tiny chunks", ok(kChunked, many(60'000, "1\r\nx\r\n")),
       "its headers and the lines between its chunks are larger than 256 KiB"},
      {"trailers", ok(kChunked, "0\r\n" + many(257, "X: 1\r\n")), "it has more than 256 headers"},
      {"a trailer", ok(kChunked, "0\r\nX: " + std::string(20'000, 'x') + "\r\n\r\n"),
       "a header is longer than 16 KiB"},
      {"a folded trailer",
       ok(kChunked, "0\r\nX: 1\r\n" + many(20, " " + std::string(1'000, 'x') + "\r\n")),
       "a header is longer than 16 KiB"},
  };
  for (const BadCase& test : cases) {
    SCOPED_TRACE(test.description);
    for (const std::size_t piece : {std::size_t{1}, std::size_t{1000}, test.bytes.size()}) {
      if (piece == 1 && test.bytes.size() > 1'000'000) continue;
      const Read answer = read_in({piece}, test.bytes);
      EXPECT_EQ(answer.state, State::TooLarge);
      EXPECT_EQ(answer.why, test.why);
    }
  }
}

TEST(AnswerFrame, ReadsUpToItsBounds) {
  AnswerLimits limits;
  limits.body = 100;
  EXPECT_EQ(read(ok("", std::string(100, 'x')), Asked::Anything, limits).body.size(), 100U);
  EXPECT_EQ(read(ok("", std::string(101, 'x')), Asked::Anything, limits).why,
            "it is larger than 100 bytes");
  const std::string reason(1024 - std::string("HTTP/1.1 204 ").size(), 'a');
  EXPECT_EQ(read("HTTP/1.1 204 " + reason + "\r\n\r\n").status, 204);
  EXPECT_EQ(read("HTTP/1.1 204 " + reason + "a\r\n\r\n").state, State::TooLarge);
  const std::string value(9'000, 'v');
  const Read long_header = read(ok("X: " + value + "\r\nContent-Length: 0\r\n"));
  ASSERT_EQ(long_header.state, State::Complete) << long_header.why;
  EXPECT_EQ(long_header.headers[0].second, value);
  EXPECT_EQ(read(ok(many(255, "X: 1\r\n") + "Content-Length: 0\r\n")).headers.size(), 256U);
  const std::string hint = "HTTP/1.1 103 Early Hints\r\n\r\n";
  EXPECT_EQ(read(many(16, hint) + ok("Content-Length: 0\r\n")).status, 200);
}

TEST(AnswerFrame, NoRandomChangeMakesItTakeMoreThanItsBounds) {
  const std::vector<std::string> seeds{
      "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" +
          ok("Content-Length: 5\r\nX: y\r\n z\r\n", "abcde"),
      ok(kChunked + "Connection: close\r\n",
         "5;x=y\r\nabcde\r\n0a\r\n0123456789\r\n0\r\nT: 1\r\n\r\n"),
      ok("", "until the end")};
  using namespace std::string_literals;
  const std::string interesting = "\r\n\0 :;,0123456789abcdefHTTP/.-+\t\xFF"s;
  AnswerLimits limits;
  limits.body = 32;
  limits.lines = 200;
  std::mt19937 random(12);
  std::array<int, 4> met{};  // by state
  for (int round = 0; round < 30'000; ++round) {
    std::string bytes = seeds[random() % seeds.size()];
    for (unsigned changes = 1 + random() % 4; changes > 0; --changes) {
      const std::size_t at = random() % bytes.size();
      const char c = interesting[random() % interesting.size()];
      switch (random() % 3) {
        case 0:
          bytes[at] = c;
          break;
        case 1:
          bytes.insert(at, 1 + random() % 3, c);
          break;
        default:
          bytes.erase(at, 1 + random() % 8);
          if (bytes.empty()) bytes = "\r";
      }
    }
    const Read whole = read_in({bytes.size()}, bytes, Asked::Anything, limits);
    Read pieces = read_in({1 + random() % 7}, bytes, Asked::Anything, limits);
    ++met.at(static_cast<std::size_t>(whole.state));
    if (whole.state == State::Complete) {
      EXPECT_LE(whole.body.size(), limits.body);
    } else {
      pieces.used = whole.used;
    }
    EXPECT_EQ(pieces, whole) << bytes;
  }
  EXPECT_THAT(met, testing::Each(testing::Ge(500))) << "too little is tried";
}

}  // namespace
}  // namespace defenderd
