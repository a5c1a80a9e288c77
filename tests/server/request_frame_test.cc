#include "server/request_frame.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace defenderd {
namespace {

using Kind = RequestFrame::Kind;

struct Case {
  std::string description;
  std::string received;
  Kind kind;
  int status = 0;
  std::size_t size = 0;  // of a complete request
  bool keep_alive = true;
};

void PrintTo(const Case& c, std::ostream* out) { *out << c.description; }

std::string long_text(std::size_t size) { return std::string(size, 'a'); }

std::string many_headers(int count) {
  std::string text = "GET / HTTP/1.1\r\n";
  for (int i = 0; i < count; ++i) text += "A: b\r\n";
  return text + "\r\n";
}

class RequestFrameTest : public testing::TestWithParam<Case> {};

TEST_P(RequestFrameTest, FindsTheRequestOrRejectsIt) {
  const Case& c = GetParam();
  const RequestFrame frame = find_request(c.received, FrameLimits{});
  EXPECT_EQ(frame.kind, c.kind);
  EXPECT_EQ(frame.status, c.status);
  EXPECT_EQ(frame.why.empty(), c.kind != Kind::Rejected);
  if (c.kind != Kind::Complete) return;
  EXPECT_EQ(frame.size, c.size);
  EXPECT_EQ(frame.keep_alive, c.keep_alive);
}

const std::string kGet = "GET / HTTP/1.1\r\n\r\n";

INSTANTIATE_TEST_SUITE_P(
    All, RequestFrameTest,
    testing::Values(
        Case{"nothing", "", Kind::Incomplete}, Case{"part of a line", "GET / HT", Kind::Incomplete},
        Case{"headers not ended", "GET / HTTP/1.1\r\nHost: x\r\n", Kind::Incomplete},
        Case{"no headers", kGet, Kind::Complete, 0, kGet.size()},
        Case{"a second request behind", kGet + "GET /b", Kind::Complete, 0, kGet.size()},
        Case{"an empty line", "\r\n", Kind::Incomplete},
        Case{"an empty line before", "\r\n" + kGet, Kind::Complete, 0, kGet.size() + 2},
        Case{"four empty lines", "\r\n\r\n\r\n\r\n", Kind::Incomplete},
        Case{"four empty lines before", "\r\n\r\n\r\n\r\n" + kGet, Kind::Complete, 0,
             kGet.size() + 8},
        Case{"five empty lines", "\r\n\r\n\r\n\r\n\r\n", Kind::Rejected, 400},
        Case{"an empty line before a body", "\r\nPOST / HTTP/1.1\r\nContent-Length: 3\r\n\r\nabcd",
             Kind::Complete, 0, 43},
        Case{"HTTP/1.0 closes", "GET / HTTP/1.0\r\n\r\n", Kind::Complete, 0, 18, false},
        Case{"HTTP/1.0 keeps alive when asked", "GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n",
             Kind::Complete, 0, 42, true},
        Case{"close in any case and list", "GET / HTTP/1.1\r\nconnection: foo, CLOSE\r\n\r\n",
             Kind::Complete, 0, 42, false},
        Case{"body complete", "POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\nabcd", Kind::Complete, 0,
             41},
        Case{"body missing", "POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\nab", Kind::Incomplete},
        Case{"body too long", "POST / HTTP/1.1\r\nContent-Length: 8193\r\n\r\n", Kind::Rejected,
             413},
        Case{"length out of range",
             "POST / HTTP/1.1\r\nContent-Length: 99999999999999999999999\r\n\r\n", Kind::Rejected,
             413},
        Case{"negative length", "POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", Kind::Rejected,
             400},
        Case{"length with a tail", "POST / HTTP/1.1\r\nContent-Length: 3x\r\n\r\n", Kind::Rejected,
             400},
        Case{"two lengths", "POST / HTTP/1.1\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\n",
             Kind::Rejected, 400},
        Case{"chunked", "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", Kind::Rejected,
             501},
        Case{"space before the colon", "GET / HTTP/1.1\r\nContent-Length : 3\r\n\r\n",
             Kind::Rejected, 400},
        Case{"folded header", "GET / HTTP/1.1\r\nA: b\r\n c\r\n\r\n", Kind::Rejected, 400},
        Case{"header without colon", "GET / HTTP/1.1\r\nabc\r\n\r\n", Kind::Rejected, 400},
        Case{"bare line feed in a header", "GET / HTTP/1.1\r\nA: b\nC: d\r\n\r\n", Kind::Rejected,
             400},
        Case{"the same length twice",
             "POST / HTTP/1.1\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nabc", Kind::Rejected,
             400},
        Case{"two lengths in one", "POST / HTTP/1.1\r\nContent-Length: 3, 3\r\n\r\nabc",
             Kind::Rejected, 400},
        Case{"a length with a sign", "POST / HTTP/1.1\r\nContent-Length: +3\r\n\r\nabc",
             Kind::Rejected, 400},
        Case{"an empty length", "POST / HTTP/1.1\r\nContent-Length:\r\n\r\n", Kind::Rejected, 400},
        Case{"length and chunked",
             "POST / HTTP/1.1\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n",
             Kind::Rejected, 501},
        Case{"chunked and length",
             "POST / HTTP/1.1\r\nTransfer-Encoding: x\r\nContent-Length: 3\r\n\r\nabc",
             Kind::Rejected, 501},
        Case{"a name that is no token", "GET / HTTP/1.1\r\nContent-Length\v: 3\r\n\r\n",
             Kind::Rejected, 400},
        Case{"request line of 1024 bytes", "GET /" + long_text(1010) + " HTTP/1.1\r\n\r\n",
             Kind::Complete, 0, 1028},
        Case{"request line too long, not ended", "GET /" + long_text(1020), Kind::Rejected, 414},
        Case{"request line too long", "GET /" + long_text(1011) + " HTTP/1.1\r\n\r\n",
             Kind::Rejected, 414},
        Case{"header too long, not ended", "GET / HTTP/1.1\r\nA: " + long_text(8192),
             Kind::Rejected, 431},
        Case{"header too long", "GET / HTTP/1.1\r\nA: " + long_text(8192) + "\r\n\r\n",
             Kind::Rejected, 431},
        Case{"a hundred headers", many_headers(100), Kind::Complete, 0, 618},
        Case{"a hundred and one headers", many_headers(101), Kind::Rejected, 431},
        Case{"head too long, not ended",
             "GET / HTTP/1.1\r\n" +
                 [] {
                   std::string text;
                   for (int i = 0; i < 70; ++i) text += "A: " + long_text(1000) + "\r\n";
                   return text;
                 }(),
             Kind::Rejected, 431}));

TEST(RequestFrame, IsTheSameHoweverTheBytesArrive) {
  const std::string request =
      "\r\nPOST /-/reload HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello";
  for (std::size_t size = 0; size < request.size(); ++size) {
    EXPECT_EQ(find_request(request.substr(0, size), FrameLimits{}).kind, Kind::Incomplete) << size;
  }
  EXPECT_EQ(find_request(request, FrameLimits{}).size, request.size());
}

TEST(RequestFrame, ALineOfExactlyTheLimitIsTakenHoweverItArrives) {
  constexpr FrameLimits kLimits{.line = 20};
  const std::string request = "GET /12345 HTTP/1.1\r\nA: 34567890123456789012\r\n\r\n";
  const std::string shorter = "GET /12345 HTTP/1.1\r\nA: 34567890123456789\r\n\r\n";
  for (std::size_t size = 0; size < shorter.size(); ++size) {
    EXPECT_EQ(find_request(shorter.substr(0, size), kLimits).kind, Kind::Incomplete) << size;
  }
  EXPECT_EQ(find_request(shorter, kLimits).kind, Kind::Complete);
  EXPECT_EQ(find_request(request, kLimits).kind, Kind::Rejected);
}

}  // namespace
}  // namespace defenderd
