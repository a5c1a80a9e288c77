// The registry of known secrets is one for the process, so each test here has secrets of its own.

#include "base/scrub.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "base/text_decoding.h"
#include "support/tally.h"

namespace defenderd {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr std::string_view kHex = "0123456789abcdef";

std::string percent(std::string_view text, bool all) {
  std::string result;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = !all && ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                                (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_');
    if (plain) {
      result += c;
    } else {
      result += '%';
      result += kHex[byte >> 4U];
      result += kHex[byte & 0x0FU];
    }
  }
  return result;
}

// For JSON, with \u for all that is no letter, as careful writers do it.
std::string escaped(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')) {
      result += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      result += "\\u00";
      result += kHex[byte >> 4U];
      result += kHex[byte & 0x0FU];
    }
  }
  return result;
}

std::string html(std::string_view text) {
  std::string result;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    result +=
        plain ? std::string(1, c) : "&#" + std::to_string(static_cast<unsigned char>(c)) + ";";
  }
  return result;
}

std::string base64(std::string_view bytes, bool url) {
  const std::string alphabet =
      std::string("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789") +
      (url ? "-_" : "+/");
  std::string result;
  unsigned bits = 0;
  unsigned count = 0;
  for (const char c : bytes) {
    bits = (bits << 8U) | static_cast<unsigned char>(c);
    for (count += 8; count >= 6; count -= 6) result += alphabet[(bits >> (count - 6)) & 0x3FU];
  }
  if (count > 0) result += alphabet[(bits << (6U - count)) & 0x3FU];
  while (!url && result.size() % 4 != 0) result += '=';
  return result;
}

TEST(Scrub, KnownSecretsInEachForm) {
  const std::string secret = "Hunter2~&=+ not to be seen";
  remember_secret(Secret(secret));
  const std::vector<std::pair<std::string, std::string>> forms{
      {"as it is", secret},
      {"percent-encoded", percent(secret, false)},
      {"percent-encoded throughout", percent(secret, true)},
      {"twice", percent(percent(secret, false), false)},
      {"a form's blanks", "Hunter2%7E%26%3D%2B+not+to+be+seen"},
      {"escaped for JSON", escaped(secret)},
      {"JSON within JSON", escaped(escaped(secret))},
      {"escaped for HTML", html(secret)},
      {"in base64", base64(secret, false)},
      {"in base64url", base64(secret, true)},
      {"in base64 with a user", base64("me:" + secret, false)},
      {"in base64 with a longer user", base64("user:" + secret, false)},
      {"in base64 within more", base64(R"({"a":")" + secret + "\"}", false)},
      {"its beginning", secret.substr(0, 11)},
      {"its end", secret.substr(4)},
  };
  for (const auto& [description, form] : forms) {
    for (const std::string& said : {foreign_text("it was '" + form + "', says the proxy"),
                                    outgoing_text("it was '" + form + "', says the proxy")}) {
      EXPECT_THAT(said, HasSubstr("it was '[redacted]")) << description;
      EXPECT_THAT(said, HasSubstr("', says the proxy")) << description;
    }
  }
}

TEST(Scrub, LongSecretsByAnyPart) {
  std::mt19937 random(1);
  std::string token;
  for (int i = 0; i < 2000; ++i)
    token += "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"[random() % 64];
  remember_secret(Secret(token));
  for (std::size_t size : {16U, 30U, 64U, 500U}) {
    for (std::size_t at = 0; at + size < token.size(); at += 37) {
      const std::string part = token.substr(at, size);
      EXPECT_EQ(foreign_text("a (" + part + ") b", 4096), "a ([redacted]) b") << at;
    }
  }
  EXPECT_EQ(foreign_text(token.substr(0, 8)), "[redacted]");
  EXPECT_EQ(foreign_text(token.substr(token.size() - 8)), "[redacted]");
}

// Whatever a proxy's password is, our own messages stay readable.
TEST(Scrub, ShortAndSimpleSecretsOnlyInForeignTexts) {
  for (const char* const secret : {"proxy", "a", "", "de", "on", "hall0", "defenderd"})
    remember_secret(Secret(secret));
  EXPECT_EQ(outgoing_text("defenderd asks the proxy"), "defenderd asks the proxy");
  EXPECT_EQ(foreign_text("the proxy, and proxying, a hall0 of hall0s, on"),
            "the [redacted], and proxying, a [redacted] of hall0s, on");
}

TEST(Scrub, WordsAndNumbersOfASecretStay) {
  remember_secret(Secret("Subscription-2026.11.25~password"));
  EXPECT_EQ(foreign_text("at 2026-11-25 the Subscription has no password"),
            "at 2026-11-25 the Subscription has no password");
  EXPECT_EQ(foreign_text("say Subscription-2026.11.25~password!"), "say [redacted]!");
}

TEST(Scrub, WhatPeopleNeedStays) {
  const std::string text =
      "AuthorizationFailed: The client '6f2b9a52-3f0e-4c83-9a4b-0d9d8c8f3c11' with object id "
      "'0F8FAD5B-D9CB-469F-A165-70867728950E' does not have authorization to perform action "
      "'Microsoft.Security/pricings/write' over scope '/subscriptions/"
      "0c6d7e0e-6a3b-4a53-8d5f-2f3c9d4b8e22' or the scope is invalid. If access was recently "
      "granted, please refresh your credentials. Trace ID: 5e21c0de-0000-4000-8000-0b0a09080706, "
      "code 3f2a91bc, 100% & more";
  EXPECT_EQ(foreign_text(text, 2048), text);
  const std::string entra =
      "AADSTS7000215: Invalid client secret provided. Ensure the secret being sent in the request "
      "is the client secret value, not the client secret ID, for a secret added to app "
      "'6f2b9a52-3f0e-4c83-9a4b-0d9d8c8f3c11'.";
  EXPECT_EQ(foreign_text(entra), entra);
}

TEST(Scrub, CutsAfterItHasScrubbed) {
  remember_secret(Secret("Cut0ff~In.The.Middle"));
  const std::string said = foreign_text("0123456789 Cut0ff~In.The.Middle", 15);
  EXPECT_THAT(said, Not(HasSubstr("Cut0")));
  EXPECT_EQ(foreign_text("a\x1B[31mb\nc"), "a [31mb c");
}

TEST(Scrub, ValuesAndPaths) {
  EXPECT_EQ(quoted_value("onn"), "\"onn\"");
  EXPECT_EQ(quoted_value("aB3dE5fG7hI9jK1lM2nO4pQ6rS8tU0vW"),
            "a text of 32 bytes that is not shown");
  remember_secret(Secret("kn0wn-secret"));
  EXPECT_EQ(quoted_value("kn0wn-secret"), "a text of 12 bytes that is not shown");
  EXPECT_EQ(shown_path("/etc/defenderd/defenderd.yaml"), "/etc/defenderd/defenderd.yaml");
  EXPECT_THAT(shown_path("eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJtZSJ9.c2ln"), HasSubstr("not shown"));
  EXPECT_THAT(shown_path("-----BEGIN KEY-----\nMIIE"), HasSubstr("not shown"));
}

std::string random_text(std::mt19937& random, std::size_t size, std::string_view letters) {
  std::string result;
  for (std::size_t i = 0; i < size; ++i) result += letters[random() % letters.size()];
  return result;
}

// Random secrets in random texts, in random forms: no part of eight letters ever comes out.
TEST(Scrub, PropertyNoSecretComesOut) {
  constexpr std::string_view kSecretLetters =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~!@#$^*()+= ";
  constexpr std::string_view kTextLetters = "abc XYZ 019 {}[]:,\"'%\\&<>=;/\n\t\xC3\xA4\x1B.";
  std::mt19937 random(42);
  Tally tally;
  for (int round = 0; round < 1000; ++round) {
    const std::string secret = random_text(random, 8 + random() % 60, kSecretLetters);
    remember_secret(Secret(secret));
    std::string form = secret;
    switch (random() % 7) {
      case 0:
        form = percent(secret, random() % 2 == 0);
        break;
      case 1:
        form = escaped(secret);
        break;
      case 2:
        form = html(secret);
        break;
      case 3:
        form = base64(secret, random() % 2 == 0);
        break;
      case 4:
        form = escaped(percent(secret, false));
        break;
      default:
        break;
    }
    ++tally[form == secret ? "as it is" : "in another form"];
    const std::string before = random_text(random, random() % 40, kTextLetters) + "|";
    const std::string after = "|" + random_text(random, random() % 40, kTextLetters);
    for (const std::string& said : {foreign_text(before + form + after, 1U << 20U),
                                    outgoing_text(before + form + after, 1U << 20U)}) {
      for (const std::string& hidden : {form, secret}) {
        for (std::size_t at = 0; at + 12 <= hidden.size(); ++at) {
          ASSERT_EQ(said.find(hidden.substr(at, 12)), std::string::npos)
              << "secret '" << secret << "' in '" << before + form + after << "'";
        }
        if (hidden.size() >= 12) ++tally["long enough to be looked for"];
      }
    }
  }
  expect_tried(
      tally, {{"as it is", 100}, {"in another form", 100}, {"long enough to be looked for", 1000}});
}

TEST(Scrub, AnyBytesGiveAText) {
  constexpr std::array<std::string_view, 5> kPieces{"password=", "Bearer ", "://u:p@", "eyJ",
                                                    "sig="};
  std::mt19937 random(7);
  Tally tally;
  for (int round = 0; round < 5000; ++round) {
    std::string bytes;
    for (std::size_t i = random() % 200; i > 0; --i) {
      if (random() % 16 == 0) bytes += kPieces.at(random() % kPieces.size());
      bytes += random() % 3 == 0 ? "%\\&=:\"eyJQ~-"[random() % 12] : static_cast<char>(random());
    }
    const std::string said = foreign_text(bytes, 64);
    EXPECT_LE(said.size(), 67U);
    ++tally[said.ends_with("...") ? "cut" : "whole"];
    if (said.find("[redacted]") != std::string::npos) ++tally["redacted"];
    static_cast<void>(outgoing_lines(bytes));
    static_cast<void>(quoted_value(bytes));
    static_cast<void>(shown_path(bytes));
  }
  expect_tried(tally, {{"cut", 500}, {"whole", 500}, {"redacted", 500}});
}

// What a hostile server can make of 8 MiB costs no more than that of an honest one.
TEST(Scrub, HostileTextsAreRead) {
  remember_secret(Secret("H0stile~Rep3ated"));
  for (const char* const piece :
       {"eyJ", "eyJ.", "1Q~", "://", "basic+", "basic :", "pwd=", R"("pwd":")", "H0stile~Rep3ated",
        "H0stile~xxxxxxxxxx", "%25", "\\", "&#", "=\"", "-----BEGIN "}) {
    std::string text;
    while (text.size() < (1U << 20U)) text += piece;
    EXPECT_LE(foreign_text(text).size(), 515U) << piece;
    EXPECT_FALSE(outgoing_lines(text.substr(0, 1U << 18U)).empty()) << piece;
  }
}

// Four threads remember and hide so many secrets each. Returns how many were shown.
int shown_by_threads(int first, int last) {
  std::atomic<int> shown = 0;
  std::vector<std::jthread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&, thread] {
      for (int i = first; i < last; ++i) {
        const std::string secret =
            "Thr3ad~" + std::to_string(thread) + "+" + std::to_string(i) + "!";
        remember_secret(Secret(secret));
        if (foreign_text("x " + secret + " y").find(secret) != std::string::npos) ++shown;
      }
    });
  }
  threads.clear();
  return shown;
}

TEST(Scrub, ManyThreadsAtOnce) {
  EXPECT_EQ(shown_by_threads(0, 100), 0);
  // More than are remembered: a thread may pause until its secret has been forgotten.
  static_cast<void>(shown_by_threads(100, 400));
}

TEST(DecodedText, KnowsWhereEachLetterStands) {
  DecodedText text{R"(a%41\u00e4&amp;\"%zz)"};
  ASSERT_TRUE(decode_escapes(text));
  EXPECT_EQ(text.text, "aA\xC3\xA4&\"%zz");
  EXPECT_EQ(text.origin, (std::vector<std::size_t>{0, 1, 4, 4, 10, 15, 17, 18, 19, 20}));
  EXPECT_FALSE(decode_escapes(text));
}

}  // namespace
}  // namespace defenderd
