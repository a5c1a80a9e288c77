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

std::string to_upper(std::string text) {
  for (char& c : text) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return text;
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

std::string hex(std::string_view text, std::string_view between = "", std::size_t group = 1) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (i > 0 && i % group == 0) result += between;
    result += kHex[static_cast<unsigned char>(text[i]) >> 4U];
    result += kHex[static_cast<unsigned char>(text[i]) & 0x0FU];
  }
  return result;
}

std::string with_between(std::string_view text, std::string_view between) {
  std::string result;
  for (const char c : text) (result += c) += between;
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
      {"four times", percent(percent(percent(percent(secret, true), true), true), true)},
      {"four times, then for JSON",
       escaped(percent(percent(percent(percent(secret, false), false), false), false))},
      {"in hexadecimal", hex(secret)},
      {"in hexadecimal, capitals", to_upper(hex(secret))},
      {"in hexadecimal within more", hex("pass:" + secret + "@host")},
      {"in hexadecimal with an odd digit", "c" + hex(secret)},
      {"in hexadecimal with colons", hex(secret, ":")},
      {"in hexadecimal as dumped", hex(secret, " ", 2)},
      {"in hexadecimal of UTF-16", hex(with_between(secret, {"\0", 1}))},
      {"in UTF-16", with_between(secret, {"\0", 1})},
      {"in UTF-16, percent-encoded", percent(with_between(secret, {"\0", 1}), false)},
      {"with zero-width spaces", with_between(secret, "\u200B")},
      {"with word joiners for JSON", with_between(secret, "\\u2060")},
      {"with soft hyphens", with_between(secret, "\u00AD")},
      {"with byte order marks", with_between(secret, "\uFEFF")},
      {"with tags", with_between(secret, "\U000E0041")},
      {"with bells", with_between(secret, "\a")},
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

// A text of others, of which nobody knows the secret.
TEST(Scrub, CredentialsWithInvisibleCharacters) {
  EXPECT_EQ(foreign_text("pass\u200Bword=unkn0wn, and more"),
            "pass\u200Bword=[redacted], and more");
  const std::string token = "Bearer eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJtZSJ9.c2ln";
  EXPECT_THAT(foreign_text(with_between(token, {"\0", 1})), Not(HasSubstr("z d W")));
}

// As long as a GUID, and with a dash wherever a GUID has one.
TEST(Scrub, AKnownSecretThatLooksLikeAGuid) {
  const std::string secret = "Q7~vX2!mK9z";
  remember_secret(Secret(secret));
  const std::string text = "00000000-" + hex(secret, "-", 2);
  ASSERT_EQ(text.size(), 36U);
  EXPECT_EQ(foreign_text(text), "[redacted]");
}

// Ids and hashes are hexadecimal, too, and people need them.
TEST(Scrub, IdsStayWhateverIsKnown) {
  remember_secret(Secret("1d5~St@y!H3x"));
  for (const char* const text :
       {"0c6d7e0e-6a3b-4a53-8d5f-2f3c9d4b8e22", "3f2a91bc", "at 2026-11-27 10:20:30",
        "2026-11-27T10:20:30.1234567Z",
        "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "00:1A:2B:3C:4D:5E", "de ad be ef"})
    EXPECT_EQ(foreign_text(text), text);
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
  EXPECT_THAT(shown_path("/etc/defenderd.yaml\n"), HasSubstr("it contains a line end"));
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
    switch (random() % 10) {
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
      case 5:
        form = hex(secret);
        break;
      case 6:
        form = with_between(secret, {"\0", 1});
        break;
      case 7:
        form = percent(percent(percent(percent(secret, true), true), true), true);
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
  for (const char* const piece : {"eyJ",
                                  "eyJ.",
                                  "1Q~",
                                  "://",
                                  "basic+",
                                  "basic :",
                                  "pwd=",
                                  R"("pwd":")",
                                  "H0stile~Rep3ated",
                                  "H0stile~Rep3ated%20x%20",
                                  "4830737469",
                                  "H0stile~xxxxxxxxxx",
                                  "%25",
                                  "%2525252525",
                                  "68",
                                  "6 8",
                                  "\u200B",
                                  "H\u200B",
                                  "%00",
                                  "\x01",
                                  "\\",
                                  "&#",
                                  "=\"",
                                  "-----BEGIN "}) {
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

}  // namespace
}  // namespace defenderd
