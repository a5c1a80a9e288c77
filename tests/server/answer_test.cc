#include "server/answer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "server/unsent_bytes.h"

namespace defenderd {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

std::shared_ptr<const Pieces> pieces(const std::string& text) {
  auto result = std::make_shared<Pieces>();
  result->add(text);
  return result;
}

std::string all_of(const WireAnswer& answer) {
  std::string result;
  while (result.size() < answer.size()) result += answer.from(result.size());
  return result;
}

TEST(PiecesTest, HoldWhatWasAdded) {
  Pieces pieces;
  std::string text;
  for (std::size_t n = 1; n < 3'000'000; n = n * 3 + 1) {
    const std::string part(n, static_cast<char>('a' + n % 26));
    pieces.add(part);
    text += part;
  }
  EXPECT_EQ(pieces.size(), text.size());
  EXPECT_GE(pieces.capacity(), text.size());
  EXPECT_LT(pieces.capacity(), 2 * text.size() + (3U << 20U));
  EXPECT_TRUE(pieces.text() == text);
  for (std::size_t at = 0; at < text.size(); at += 99'991) {
    const auto part = pieces.from(at);
    ASSERT_FALSE(part.empty());
    EXPECT_TRUE(std::string_view(text).substr(at).starts_with(part)) << at;
  }
  EXPECT_EQ(pieces.from(text.size()), "");
}

TEST(AnswerTest, SendsASharedTextAsIfItWereItsOwn) {
  Response own;
  own.body = std::string(300'000, 'x');
  Response shared;
  shared.shared = pieces(own.body);
  EXPECT_EQ(all_of(to_wire(own, {})), all_of(to_wire(shared, {})));
  EXPECT_THAT(all_of(to_wire(shared, {})), HasSubstr("\r\nContent-Length: 300000\r\n"));
  const std::string head = all_of(to_wire(shared, {.head_only = true}));
  EXPECT_THAT(head, HasSubstr("Content-Length: 300000\r\n"));
  EXPECT_TRUE(head.ends_with("\r\n\r\n"));
}

TEST(AnswerTest, AHandlersHeaderReplacesTheUsualOne) {
  Response response;
  response.headers = {{"content-security-policy", "mine"}};
  const std::string text = all_of(to_wire(response, {.close = true}));
  EXPECT_THAT(text, HasSubstr("content-security-policy: mine\r\n"));
  EXPECT_THAT(text, Not(HasSubstr("Content-Security-Policy")));
  EXPECT_THAT(text, HasSubstr("Connection: close\r\n"));
}

// Every status that this server answers with.
TEST(AnswerTest, EachStatusHasItsPhrase) {
  for (const int status : {200, 202, 400, 401, 403, 404, 405, 408, 409, 413, 414, 415, 421, 422,
                           431, 500, 501, 503, 505}) {
    Response response;
    response.status = status;
    EXPECT_THAT(all_of(to_wire(response, {})), Not(HasSubstr("Unknown"))) << status;
  }
  Response denied;
  denied.status = 401;
  EXPECT_THAT(all_of(to_wire(denied, {})), StartsWith("HTTP/1.1 401 Unauthorized\r\n"));
}

TEST(AnswerTest, BusySaysWhenToComeAgain) {
  const std::string text = all_of(to_wire(busy("later"), {}));
  EXPECT_THAT(text, StartsWith("HTTP/1.1 503 Service Unavailable\r\n"));
  EXPECT_THAT(text, HasSubstr("Retry-After: 1\r\n"));
}

TEST(UnsentBytesTest, CountsRoomAndASharedTextOnce) {
  WireAnswer own;
  own.body.reserve(10'000);
  WireAnswer first{"head of the first answer", "", pieces(std::string(50'000, 'x'))};
  WireAnswer second{"head of the second answer", "", first.shared};
  UnsentBytes unsent;
  unsent.add(own);
  EXPECT_GE(unsent.total(), 10'000U);
  unsent.add(first);
  EXPECT_LT(unsent.cost(second), 100U);
  unsent.add(second);
  const std::size_t all = unsent.total();
  EXPECT_GE(all, 10'000 + first.shared->capacity());
  EXPECT_LT(all, 10'500 + first.shared->capacity());
  unsent.remove(first);
  EXPECT_GE(unsent.total(), 10'000 + first.shared->capacity());
  unsent.remove(second);
  unsent.remove(own);
  EXPECT_EQ(unsent.total(), 0U);
}

}  // namespace
}  // namespace defenderd
