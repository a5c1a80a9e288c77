#include "arm/foreign_failure.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace defenderd {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

constexpr const char* kForbidden =
    R"({"error":{"code":"AuthorizationFailed","message":"no role"}})";
constexpr const char* kPage = "<!DOCTYPE html><html><title>Sign in</title></html>";
const HttpHeaders kHtml{{"Content-Type", "text/html; charset=utf-8"}};
const HttpHeaders kArm{{"x-ms-request-id", "1"}, {"Content-Type", "application/json"}};

struct Case {
  const char* description;
  HttpResponse response;
  std::string sign;  // "": may be ARM's
};

std::optional<Failure> judge(const HttpResponse& response) {
  HttpRequest request;
  request.origin = *Origin::parse("https://management.azure.com");
  return foreign_failure(request, response, {});
}

TEST(ForeignFailure, IsWhatDoesNotComeFromArm) {
  const auto to = [](const std::string& location) -> HttpHeaders {
    return {{"Location", location}};
  };
  const std::vector<Case> cases{
      {"301", {301, to("https://portal.example/login?u=1"), ""}, "a redirect to portal.example"},
      {"302", {302, to("http://portal.example:8080/"), ""}, "a redirect to portal.example:8080"},
      {"303", {303, to("HTTPS://portal.example"), kPage}, "a redirect to portal.example"},
      {"307", {307, to("//portal.example/x"), ""}, "a redirect to portal.example"},
      {"308", {308, to("/login"), ""}, "(a redirect)"},
      {"a path with an address in it", {302, to("/to?u=https://x.example/"), ""}, "(a redirect)"},
      {"no Location", {302, {}, ""}, "(a redirect)"},
      {"a login in it",
       {302, to("https://user:pa55word@portal.example/"), ""},
       "a redirect to portal.example"},
      {"ARM's host",
       {302, to("https://management.azure.com/x"), ""},
       "a redirect to management.azure.com"},
      {"200 HTML", {200, kHtml, kPage}, "a page of HTML"},
      {"200 HTML without a type", {200, {}, kPage}, "a page of HTML"},
      {"200 HTML called JSON",
       {200, {{"Content-Type", "application/json"}}, "\r\n " + std::string(kPage)},
       "a page of HTML"},
      {"200 HTML after a byte order mark", {200, {}, "\xEF\xBB\xBF<html>"}, "a page of HTML"},
      {"200 text called HTML", {200, kHtml, "Please log in"}, "a page of HTML"},
      {"200 empty, which its reader refuses", {200, {}, ""}, ""},
      {"400 HTML", {400, kHtml, kPage}, "a page of HTML"},
      {"401 HTML", {401, kHtml, kPage}, "a page of HTML"},
      {"401 of a proxy", {401, {{"WWW-Authenticate", "Negotiate"}}, ""}, "without a code"},
      {"403 HTML", {403, kHtml, kPage}, "a page of HTML"},
      {"403 text", {403, {{"Content-Type", "text/plain"}}, "Blocked by policy"}, "without a code"},
      {"403 empty", {403, {}, ""}, "without a code"},
      {"403 JSON of another kind",
       {403, {}, R"({"blocked":true,"category":"cloud"})"},
       "without a code"},
      {"403 with an error of another kind", {403, {}, R"({"error":"blocked"})"}, "without a code"},
      {"200 HTML with a header of ARM's, which its reader refuses", {200, kArm, kPage}, ""},
      {"403 HTML with a header of ARM's", {403, kArm, kPage}, "a page of HTML"},
      {"404 HTML", {404, kHtml, kPage}, "a page of HTML"},
      {"405 HTML", {405, kHtml, kPage}, "a page of HTML"},
      {"409 HTML", {409, kHtml, kPage}, "a page of HTML"},
      {"200 JSON", {200, {}, "{}"}, ""},
      {"200 JSON called HTML", {200, kHtml, "{}"}, ""},
      {"200 a list", {200, {}, " [1]"}, ""},
      {"403 of ARM", {403, {}, kForbidden}, ""},
      {"403 of ARM without a body", {403, kArm, ""}, ""},
      {"403 of ARM without the envelope", {403, {}, R"({"code":"Forbidden","message":"no"})"}, ""},
      {"401 of ARM without a body",
       {401, {{"WWW-Authenticate", "Bearer authorization_uri=\"https://login\""}}, ""},
       ""},
      {"302 of ARM", {302, kArm, kForbidden}, ""},
      {"407 has its own message", {407, kHtml, kPage}, ""},
      {"408 of a gateway", {408, kHtml, kPage}, ""},
      {"429 of a gateway", {429, kHtml, kPage}, ""},
      {"500 HTML of a gateway", {500, kHtml, kPage}, ""},
      {"502 HTML of a gateway", {502, kHtml, kPage}, ""},
      {"503 HTML of a gateway", {503, kHtml, kPage}, ""},
      {"504 without a body", {504, {}, ""}, ""},
  };
  for (const Case& item : cases) {
    const auto failure = judge(item.response);
    ASSERT_EQ(failure.has_value(), !item.sign.empty()) << item.description;
    if (!failure) continue;
    EXPECT_EQ(failure->reason, Reason::MalformedAnswer) << item.description;
    EXPECT_EQ(failure->next, NextTry::Soon) << item.description;
    EXPECT_EQ(failure->http_status, item.response.status) << item.description;
    EXPECT_THAT(failure->message,
                AllOf(HasSubstr("this is not an answer of Azure ("), HasSubstr(item.sign),
                      HasSubstr("check the proxy"), HasSubstr("HTTPS_PROXY and NO_PROXY"),
                      HasSubstr("https://management.azure.com answered GET " +
                                std::to_string(item.response.status)),
                      Not(HasSubstr("role")), Not(HasSubstr("pa55word"))))
        << item.description;
  }
}

}  // namespace
}  // namespace defenderd
