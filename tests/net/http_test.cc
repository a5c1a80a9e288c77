#include "net/http.h"

#include <gtest/gtest.h>

#include <vector>

namespace defenderd {
namespace {

using namespace std::chrono_literals;

struct OriginCase {
  const char* description;
  const char* url;
  Origin expected;
  const char* text;
};

TEST(OriginParse, ReadsSchemeHostAndPort) {
  const std::vector<OriginCase> cases{
      {"a name",
       "https://management.azure.com",
       {true, "management.azure.com", 443},
       "https://management.azure.com"},
      {"a slash at the end, and capitals",
       "https://Management.Azure.com/",
       {true, "management.azure.com", 443},
       "https://management.azure.com"},
      {"a port", "https://localhost:8443", {true, "localhost", 8443}, "https://localhost:8443"},
      {"the scheme's own port", "https://h:443", {true, "h", 443}, "https://h"},
      {"plain", "http://127.0.0.1:8080", {false, "127.0.0.1", 8080}, "http://127.0.0.1:8080"},
      {"plain without a port",
       "http://169.254.169.254",
       {false, "169.254.169.254", 80},
       "http://169.254.169.254"},
      {"IPv6", "https://[::1]:8443", {true, "::1", 8443}, "https://[::1]:8443"},
      {"IPv6 without a port", "https://[FE80::1]", {true, "fe80::1", 443}, "https://[fe80::1]"},
  };
  for (const OriginCase& test : cases) {
    SCOPED_TRACE(test.description);
    const auto origin = Origin::parse(test.url);
    ASSERT_TRUE(origin) << origin.error().message;
    EXPECT_EQ(*origin, test.expected);
    EXPECT_EQ(origin->text(), test.text);
    EXPECT_EQ(*Origin::parse(origin->text()), *origin);
  }
}

struct BadOriginCase {
  const char* url;
  const char* message;
};

TEST(OriginParse, RefusesAnythingElseInWords) {
  const std::vector<BadOriginCase> cases{
      {"", R"("" is not a URL)"},
      {"management.azure.com", "is not a URL with the scheme https"},
      {"ftp://h", "is not a URL with the scheme https"},
      {"https://", "has no valid host name"},
      {"https:///", "has no valid host name"},
      {"https://h/path", "has more than a host and a port"},
      {"https://h?x=1", "has more than a host and a port"},
      {"https://h#x", "has more than a host and a port"},
      {"https://h:", "has no valid port"},
      {"https://h:0", "has no valid port"},
      {"https://h:65536", "has no valid port"},
      {"https://h:80x", "has no valid port"},
      {"https://h:-1", "has no valid port"},
      {"https://a b", "has no valid host name"},
      {"https://h\r\nX: y", "has no valid host name"},
      {"https://[::1", "without a closing bracket"},
      {"https://[::1]8443", "has no valid port"},
      {"https://[]:1", "has no valid host name"},
  };
  for (const BadOriginCase& test : cases) {
    const auto origin = Origin::parse(test.url);
    ASSERT_FALSE(origin) << test.url;
    EXPECT_NE(origin.error().message.find(test.message), std::string::npos)
        << test.url << ": " << origin.error().message;
    EXPECT_NE(origin.error().message.find("expected https://host or https://host:port"),
              std::string::npos);
  }
}

TEST(OriginParse, DoesNotRepeatAPassword) {
  const auto origin = Origin::parse("https://someone:secret@proxy.example");
  ASSERT_FALSE(origin);
  EXPECT_EQ(origin.error().message.find("secret"), std::string::npos) << origin.error().message;
}

TEST(HttpResponse, FindsTheFirstHeaderWithoutCase) {
  HttpResponse response;
  response.headers = {{"Retry-After", "7"}, {"retry-after", "8"}};
  EXPECT_EQ(response.header("RETRY-AFTER"), "7");
  EXPECT_EQ(response.header("Retry"), "");
}

TEST(PercentEncode, KeepsOnlyUnreservedCharacters) {
  EXPECT_EQ(percent_encode("AZaz09-._~"), "AZaz09-._~");
  EXPECT_EQ(percent_encode("a b+c/d=&%?#\n\xC3\xA4"), "a%20b%2Bc%2Fd%3D%26%25%3F%23%0A%C3%A4");
}

TEST(FormEncode, JoinsEncodedFields) {
  EXPECT_EQ(form_encode({{"a b", "1&2"}, {"c", ""}}), "a%20b=1%262&c=");
  EXPECT_EQ(form_encode({}), "");
}

struct RetryAfterCase {
  const char* value;
  std::optional<Duration> expected;
};

TEST(ParseRetryAfter, ReadsSecondsAndDates) {
  // Sunday, 06 November 1994, 08:49:37 UTC
  const WallTime now{std::chrono::seconds(784111777)};
  const std::vector<RetryAfterCase> cases{
      {"0", 0s},
      {"7", 7s},
      {" 372 ", 372s},
      {"Sun, 06 Nov 1994 08:49:47 GMT", 10s},
      {"Sun, 06 Nov 1994 08:00:00 GMT", 0s},
      {"Mon, 07 Nov 1994 08:49:36 GMT", 24h - 1s},
      {"9999999", 24h},
      {"99999999999999999999999", 24h},
      {"Fri, 31 Dec 9999 23:59:59 GMT", 24h},
      {"", std::nullopt},
      {"-1", std::nullopt},
      {"1.5", std::nullopt},
      {"7 seconds", std::nullopt},
      {"soon", std::nullopt},
      {"Sun, 06 Foo 1994 08:49:37 GMT", std::nullopt},
      {"Sun, 31 Feb 1994 08:49:37 GMT", std::nullopt},
      {"Sun, 06 Nov 1994 25:61:61 GMT", std::nullopt},
      {"Sat, 01 Jan 0000 00:00:00 GMT", std::nullopt},
      {"Sun, 06 Nov -999 08:49:37 GMT", std::nullopt},
  };
  for (const RetryAfterCase& test : cases) {
    EXPECT_EQ(parse_retry_after(test.value, now), test.expected) << "'" << test.value << "'";
  }
}

}  // namespace
}  // namespace defenderd
