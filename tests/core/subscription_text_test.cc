#include "core/subscription_text.h"

#include <gtest/gtest.h>

#include "support/ids.h"

namespace defenderd {
namespace {

TEST(SubscriptionText, HasTheNameFirst) {
  EXPECT_EQ(name_and_id("chat-prod", subscription_id(1)), "chat-prod (" + guid(1) + ")");
  EXPECT_EQ(name_and_id("a (b)", subscription_id(2)), "a (b) (" + guid(2) + ")");
}

TEST(SubscriptionText, IsTheIdWhereThereIsNoName) {
  EXPECT_EQ(name_and_id("", subscription_id(1)), guid(1));
}

}  // namespace
}  // namespace defenderd
