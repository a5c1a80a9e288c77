#include "server/request_parser.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace defenderd {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

Request parsed(const std::string& head) {
  auto request = parse_request(head);
  EXPECT_TRUE(request) << head;
  return request ? *std::move(request) : Request{};
}

TEST(RequestParser, ReadsTheRequestLine) {
  const Request request = parsed("POST /a%20b/%2e/x%zz%4 HTTP/1.1\r\n\r\n");
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.path, "/a b/./x%zz%4");
  EXPECT_THAT(request.query, IsEmpty());
  EXPECT_EQ(parsed("GET / HTTP/1.0\r\n\r\n").path, "/");
}

// As find_request() frames them.
TEST(RequestParser, EmptyLinesBeforeARequestSayNothing) {
  EXPECT_EQ(parsed("\r\n\r\nPOST /a HTTP/1.1\r\nHost: x\r\n\r\n").method, "POST");
  EXPECT_EQ(parsed("\r\nGET /a HTTP/1.1\r\nHost: x\r\n\r\n").header("Host"), "x");
}

TEST(RequestParser, ReadsTheQueryInItsOrder) {
  EXPECT_THAT(parsed("GET /?q=a+b%2B&limit=1&&q=2&flag&=x&a=b=c#part?z=1 HTTP/1.1\r\n\r\n").query,
              ElementsAre(Pair("q", "a b+"), Pair("limit", "1"), Pair("q", "2"), Pair("flag", ""),
                          Pair("", "x"), Pair("a", "b=c")));
}

TEST(RequestParser, KeepsTheHeadersThatAreServedAndNoOther) {
  const Request request = parsed(
      "GET / HTTP/1.1\r\nhost:x:8080\r\nRange: bytes=0-0,0-0\r\naccept: a\r\nACCEPT:  b \r\n"
      "Cookie: secret\r\nSec-Fetch-Site: same-origin\r\n\r\n");
  EXPECT_THAT(request.headers, ElementsAre(Pair("Host", "x:8080"), Pair("Accept", "a, b"),
                                           Pair("Sec-Fetch-Site", "same-origin")));
}

TEST(RequestParser, TheAuthorityOfAnAbsoluteTargetIsTheHost) {
  const Request request = parsed("GET HTTP://a.example:80/x?y=z HTTP/1.1\r\nHost: b\r\n\r\n");
  EXPECT_EQ(request.path, "/x");
  EXPECT_EQ(request.header("Host"), "a.example:80");
  EXPECT_EQ(parsed("GET http://a.example HTTP/1.1\r\n\r\n").path, "/");
}

struct Bad {
  std::string head;
  int status;
};

TEST(RequestParser, RefusesWhatIsNotHttp) {
  const std::vector<Bad> all{{"", 400},
                             {"hello\r\n\r\n", 400},
                             {"BREW / HTTP/1.1\r\n\r\n", 400},
                             {"get / HTTP/1.1\r\n\r\n", 400},
                             {"GET HTTP/1.1\r\n\r\n", 400},
                             {"GET  / HTTP/1.1\r\n\r\n", 400},
                             {"GET / a HTTP/1.1\r\n\r\n", 400},
                             {"GET /\x01 HTTP/1.1\r\n\r\n", 400},
                             {"GET /\nX HTTP/1.1\r\n\r\n", 400},
                             {"GET / HTTP/1.1 \r\n\r\n", 400},
                             {"GET / HTTP/2.0\r\n\r\n", 505},
                             {"GET / HTTP/1.10\r\n\r\n", 505},
                             {"GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400}};
  for (const Bad& bad : all) {
    const auto request = parse_request(bad.head);
    ASSERT_FALSE(request) << bad.head;
    EXPECT_EQ(request.error().status, bad.status) << bad.head;
    EXPECT_FALSE(request.error().why.empty());
  }
}

}  // namespace
}  // namespace defenderd
