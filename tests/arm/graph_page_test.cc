#include "arm/graph_page.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace defenderd {
namespace {

using testing::HasSubstr;

std::string page_of(const std::string& data, const std::string& more = "") {
  return R"({"totalRecords":7,"count":1,"facets":[{"data":[1],"x":{"y":[[2]]}}],"data":)" + data +
         R"(,"resultTruncated":"false")" + more + "}";
}

// The rows' "id"s, and what became of the page.
struct Read {
  std::string ids;
  Result<GraphPage> page;
};
Read read(const std::string& body) {
  std::string ids;
  auto page = read_graph_page(body, [&ids](const JsonValue& row) {
    ids += (ids.empty() ? "" : " ") + std::string(row.text_of("id"));
  });
  return {ids, std::move(page)};
}

TEST(GraphPage, GivesRowsInTheirOrder) {
  const auto [ids, page] = read(
      R"({"totalRecords":7,"count":2,"facets":[{"data":[1]}],"data":[{"id":"/a"},{"x":1,"id":"/b"}],)"
      R"("resultTruncated":"false","$skipToken":"next"})");
  ASSERT_TRUE(page) << page.error().message;
  EXPECT_EQ(ids, "/a /b");
  EXPECT_EQ(page->rows, 2U);
  EXPECT_EQ(page->total, 7U);
  EXPECT_FALSE(page->truncated);
  EXPECT_EQ(page->skip_token, "next");
}

TEST(GraphPage, ReadsTheWordsOfTruncation) {
  for (const auto& [text, truncated] : {std::pair{R"("true")", true},
                                        {R"("True")", true},
                                        {R"("false")", false},
                                        {"true", true},
                                        {"false", false}}) {
    const auto page = read(R"({"totalRecords":0,"count":0,"data":[],"resultTruncated":)" +
                           std::string(text) + "}")
                          .page;
    ASSERT_TRUE(page) << text;
    EXPECT_EQ(page->truncated, truncated) << text;
    EXPECT_EQ(page->skip_token, "");
  }
}

TEST(GraphPage, RefusesWhatIsNoPage) {
  const std::string deep(200, '[');
  for (const std::string& body : std::vector<std::string>{
           "", "[]", "{}", "1", "\xFF", "{\"data\":[]}", page_of(R"({"columns":[],"rows":[]})"),
           page_of("[1]"), page_of("[[1]]"), page_of("\"x\""), page_of("null"), page_of(deep),
           page_of("[{}]").substr(0, 60), page_of("[{}]") + "x",
           R"({"totalRecords":1,"count":0,"data":[]})",
           R"({"totalRecords":1,"data":[],"resultTruncated":"false"})",
           R"({"count":0,"data":[],"resultTruncated":"false"})",
           R"({"totalRecords":-1,"count":0,"data":[],"resultTruncated":"false"})"}) {
    EXPECT_FALSE(read(body).page) << body;
  }
  const auto [ids, page] = read(page_of(R"([{"id":"a"},{"id":"b"}])"));
  ASSERT_FALSE(page);
  EXPECT_EQ(ids, "") << "rows are given once the page is checked";
  EXPECT_THAT(page.error().message, HasSubstr("contains 2 rows and says 1"));
}

}  // namespace
}  // namespace defenderd
