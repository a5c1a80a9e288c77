#include "server/page.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <regex>
#include <set>
#include <sstream>
#include <string>

#include "core/reason.h"
#include "server/page_files.h"
#include "source_dir.h"

namespace defenderd {
namespace {

using testing::HasSubstr;
using testing::Not;

Response ask(const std::string& path) {
  Request request;
  request.path = path;
  return dispatch(page_routes(), request);
}

std::string header(const Response& response, const std::string& name) {
  for (const auto& [key, value] : response.headers) {
    if (key == name) return value;
  }
  return "";
}

TEST(Page, FilesAreEmbeddedAsTheyStand) {
  ASSERT_GE(page_files().size(), 6U);
  for (const PageFile& file : page_files()) {
    std::ifstream source(std::string(DEFENDERD_SOURCE_DIR) + "/daemon/server/page" +
                         std::string(file.path));
    std::stringstream text;
    text << source.rdbuf();
    EXPECT_EQ(text.str(), file.content) << file.path;
  }
}

TEST(Page, TypesFitTheFiles) {
  EXPECT_EQ(ask("/").content_type, "text/html; charset=utf-8");
  EXPECT_EQ(ask("/style.css").content_type, "text/css; charset=utf-8");
  EXPECT_EQ(ask("/app.js").content_type, "text/javascript; charset=utf-8");
  EXPECT_EQ(ask("/icon.svg").content_type, "image/svg+xml");
  EXPECT_EQ(ask("/openapi.json").content_type, "application/json");
  EXPECT_EQ(ask("/index.html").status, 404);
}

TEST(Page, PolicyAllowsNothingInlineAndNothingFromElsewhere) {
  const std::string policy = header(ask("/"), "Content-Security-Policy");
  EXPECT_THAT(policy, HasSubstr("default-src 'none'"));
  EXPECT_THAT(policy, HasSubstr("script-src 'self'"));
  EXPECT_THAT(policy, HasSubstr("frame-ancestors 'none'"));
  EXPECT_THAT(policy, HasSubstr("require-trusted-types-for 'script'"));
  EXPECT_THAT(policy, Not(HasSubstr("unsafe")));
}

TEST(Page, FilesKeepToThePolicy) {
  for (const PageFile& file : page_files()) {
    const std::string text(file.content);
    EXPECT_THAT(text, Not(HasSubstr("innerHTML"))) << file.path;
    EXPECT_THAT(text, Not(HasSubstr("insertAdjacentHTML"))) << file.path;
    EXPECT_THAT(text, Not(HasSubstr("eval("))) << file.path;
    EXPECT_FALSE(std::regex_search(text, std::regex(R"(\son\w+=)"))) << file.path;
    EXPECT_FALSE(std::regex_search(text, std::regex(R"(<script(?![^>]*\ssrc=))"))) << file.path;
    EXPECT_THAT(text, Not(HasSubstr("style=\""))) << file.path;
    // The namespace of SVG is a name, no address.
    const std::string rest =
        std::regex_replace(text, std::regex("http://www\\.w3\\.org/2000/svg"), "");
    EXPECT_THAT(rest, Not(HasSubstr("://"))) << file.path;
  }
}

TEST(Page, SaysWhoseTurnItIsForEveryReason) {
  const std::string reasons = ask("/reasons.js").body;
  for (const Reason reason : all_reasons()) {
    EXPECT_THAT(reasons, HasSubstr("  " + std::string(to_text(reason)) + ": ['"));
  }
}

TEST(Page, WhatItNamesIsServed) {
  std::set<std::string> named;
  for (const PageFile& file : page_files()) {
    const std::string text(file.content);
    const std::regex reference(R"re((?:href|src|from)(?:=| )["'](?:\./)?([a-z_]+\.[a-z]+)["'])re");
    for (std::sregex_iterator it(text.begin(), text.end(), reference), end; it != end; ++it) {
      named.insert("/" + (*it)[1].str());
    }
  }
  EXPECT_GE(named.size(), 6U);
  for (const std::string& path : named) EXPECT_EQ(ask(path).status, 200) << path;
}

}  // namespace
}  // namespace defenderd
