#include "net/basic_authorization.h"

#include <gtest/gtest.h>

namespace defenderd {
namespace {

TEST(BasicAuthorization, HasPaddingAndTheOrdinaryAlphabet) {
  EXPECT_EQ(basic_authorization("ann", "secret"), "Basic YW5uOnNlY3JldA==");
  EXPECT_EQ(basic_authorization("ann", ""), "Basic YW5uOg==");
  EXPECT_EQ(basic_authorization("", "a:b"), "Basic OmE6Yg==");
  EXPECT_EQ(basic_authorization("a", "\xFB\xEF\xBE?"), "Basic YTr7774/");
  // Longer than a line of PEM, which would have a line break.
  EXPECT_EQ(basic_authorization("", std::string(62, 'x')).find('\n'), std::string::npos);
}

}  // namespace
}  // namespace defenderd
