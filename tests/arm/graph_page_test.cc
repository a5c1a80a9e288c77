#include "arm/graph_page.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace defenderd {
namespace {

using testing::HasSubstr;

// Writes down what it is given.
class Recorder final : public GraphRows {
 public:
  void begin_row() override { text += "row("; }
  void end_row() override { text += ")"; }
  void value(Path path, const JsonScalar& scalar) override {
    static constexpr const char* kKinds[] = {"null", "bool", "number", "text"};
    text += name(path) + "=" + kKinds[static_cast<int>(scalar.kind)] + ":" +
            std::string(scalar.text) + " ";
  }
  void begin_object(Path path) override { text += name(path) + "{"; }
  void end_object(Path path) override { text += "}" + name(path) + " "; }
  void begin_list(Path path) override { text += name(path) + "["; }
  void end_list(Path path) override { text += "]" + name(path) + " "; }

  std::string text;

 private:
  static std::string name(Path path) {
    std::string result;
    for (const std::string& part : path) result += (result.empty() ? "" : ".") + part;
    return result;
  }
};

std::string page_of(const std::string& data, const std::string& more = "") {
  return R"({"totalRecords":7,"count":1,"facets":[{"data":[1],"x":{"y":[[2]]}}],"data":)" + data +
         R"(,"resultTruncated":"false")" + more + "}";
}

TEST(GraphPage, GivesRowsAsTheyCome) {
  Recorder rows;
  const auto page = read_graph_page(page_of(R"([{"id":"/a","n":-1,"f":1.5,"none":null,"on":true,
                   "list":[{"name":"A","deep":{"x":["1",2]}},"B"],"tags":{"env":"prod"},"z":"last"}])",
                                            R"(,"$skipToken":"next")"),
                                    rows);
  ASSERT_TRUE(page) << page.error().message;
  EXPECT_EQ(page->rows, 1U);
  EXPECT_EQ(page->total, 7U);
  EXPECT_FALSE(page->truncated);
  EXPECT_EQ(page->skip_token, "next");
  EXPECT_EQ(rows.text,
            "row(id=text:/a n=number: f=number: none=null: on=bool:true "
            "list[list{list.name=text:A list.deep{list.deep.x[list.deep.x=text:1 "
            "list.deep.x=number: ]list.deep.x }list.deep }list list=text:B ]list "
            "tags{tags.env=text:prod }tags z=text:last )");
}

TEST(GraphPage, ReadsTheWordsOfTruncation) {
  for (const auto& [text, truncated] : {std::pair{R"("true")", true},
                                        {R"("True")", true},
                                        {R"("false")", false},
                                        {"true", true},
                                        {"false", false}}) {
    Recorder rows;
    const auto page = read_graph_page(
        R"({"totalRecords":0,"count":0,"data":[],"resultTruncated":)" + std::string(text) + "}",
        rows);
    ASSERT_TRUE(page) << text;
    EXPECT_EQ(page->truncated, truncated) << text;
    EXPECT_EQ(page->skip_token, "");
  }
}

TEST(GraphPage, RefusesWhatIsNoPage) {
  const std::string deep(200, '[');
  for (const std::string& body : std::vector<std::string>{
           "", "[]", "{}", "1", "\xFF", "{\"data\":[]}", page_of("{\"columns\":[],\"rows\":[]}"),
           page_of("[1]"), page_of("[[1]]"), page_of("\"x\""), page_of("null"), page_of(deep),
           page_of("[{}]").substr(0, 60), page_of("[{}]") + "x",
           R"({"totalRecords":1,"count":0,"data":[]})",
           R"({"totalRecords":1,"data":[],"resultTruncated":"false"})",
           R"({"count":0,"data":[],"resultTruncated":"false"})",
           R"({"totalRecords":-1,"count":0,"data":[],"resultTruncated":"false"})"}) {
    Recorder rows;
    EXPECT_FALSE(read_graph_page(body, rows)) << body;
  }
  Recorder rows;
  const auto page = read_graph_page(page_of("[{},{}]"), rows);
  ASSERT_FALSE(page);
  EXPECT_THAT(page.error().message, HasSubstr("holds 2 rows and says 1"));
}

}  // namespace
}  // namespace defenderd
