// The search for secrets finds them; otherwise its silence would say nothing.

#include "e2e/secrets.h"

#include <gtest/gtest-spi.h>
#include <gtest/gtest.h>

#include "armsim/simulator.h"

namespace defenderd {
namespace {

// The macros of gtest-spi can name only what is static.
TEST(Secrets, EachKindIsFound) {
  EXPECT_NONFATAL_FAILURE(expect_no_secret(armsim::kClientSecret, "a page"),
                          "a page shows a secret after \"Sim~\"");
  EXPECT_NONFATAL_FAILURE(expect_no_secret("Sim%7Enot.a.secret-8Q%7E%2B", "a log"), "a log");
  EXPECT_NONFATAL_FAILURE(expect_no_secret("Basic bWU6U2ltfm5vdC5hLnNlY3JldC04UX4rLz0mJQ==", "it"),
                          "it");
  EXPECT_NONFATAL_FAILURE(expect_no_secret("Authorization: Bearer x", "a log"), "a log");
  EXPECT_NONFATAL_FAILURE(expect_no_secret("got sim-AAAAAAAAAA-_aaaaaaaa99 from", "a log"),
                          "after \"got \"");
  EXPECT_NONFATAL_FAILURE(expect_no_secret("{\"assertion\":\"eyJhbGciOiJSUzI1NiJ9.e\"}", "it"),
                          "it");
  expect_no_secret("a token of sim-azure.example.com was refused", "a plain message");
}

}  // namespace
}  // namespace defenderd
