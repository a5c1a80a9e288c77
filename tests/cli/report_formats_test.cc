// A report in each format: the same cells, and nothing in a cell can be anything else than text.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "cli/report_command.h"
#include "cli/report_document.h"

namespace defenderd {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

ReportDocument with_cell(const std::string& text) {
  ReportDocument report;
  report.head = {{"version", "Version", "defenderd 1"}};
  report.tables = {{"thing", "things", "Things", "There are none.", {{"name", "Name"}}, {{text}}}};
  return report;
}

ReportDocument sample() {
  ReportDocument report;
  report.head = {{"made", "Made", "2026-11-27T08:00:00Z"},
                 {"subscriptions", "Subscriptions", "2", ReportKind::Number}};
  report.gaps = {"no journal: set journal.file"};
  report.tables = {
      {"subscription",
       "subscriptions",
       "Subscriptions",
       "None.",
       {{"id", "Id"}, {"name", "Name"}, {"asDeclared", "As declared", ReportKind::Flag}},
       {{"1", "chat-prod", "yes"}, {"2", "", "no"}, {"3", "dark", ""}}},
      {"drift",
       "drifts",
       "Drifts",
       "No drift.",
       {{"id", "Id"}, {"seconds", "Lasted", ReportKind::Seconds}},
       {{"1", "5400"}, {"2", ""}}},
      {"change", "changes", "Changes", "Nothing was changed.", {{"time", "Time"}}},
  };
  return report;
}

TEST(ReportFormats, CsvIsOneTableWhoseFirstColumnSaysWhatARowIs) {
  EXPECT_EQ(report_csv(sample()),
            "\xEF\xBB\xBFrecord,fact,value,id,name,asDeclared,seconds,time\r\n"
            "report,made,2026-11-27T08:00:00Z,,,,,\r\n"
            "report,subscriptions,2,,,,,\r\n"
            "gap,,no journal: set journal.file,,,,,\r\n"
            "subscription,,,1,chat-prod,yes,,\r\n"
            "subscription,,,2,,no,,\r\n"
            "subscription,,,3,dark,,,\r\n"
            "drift,,,1,,,5400,\r\n"
            "drift,,,2,,,,\r\n");
}

TEST(ReportFormats, NoCellOfCsvIsAFormulaOrEndsTheRow) {
  struct Case {
    std::string text;
    std::string cell;
  };
  for (const Case& each : std::vector<Case>{{"=1+2", "'=1+2"},
                                            {"+1", "'+1"},
                                            {"-1", "'-1"},
                                            {"@SUM(A1)", "'@SUM(A1)"},
                                            {"\tx", "'\tx"},
                                            {"\rx", "\"'\rx\""},
                                            {"a=b", "a=b"},
                                            {"a,b", "\"a,b\""},
                                            {R"(say "hi")", R"("say ""hi""")"},
                                            {"two\nlines", "\"two\nlines\""},
                                            {"=cmd|' /C calc'!A0,x", "\"'=cmd|' /C calc'!A0,x\""},
                                            {" blank ", "\" blank \""},
                                            {"a;=1+2", "a;'=1+2"},
                                            {"a; -x;b", "a;' -x;b"},
                                            {R"(a;"=x")", R"("a;'""=x""")"},
                                            {"a\t@x", "a\t'@x"},
                                            {"a\n+x", "\"a\n'+x\""},
                                            {"K\u00FCche", "K\u00FCche"},
                                            {"", ""}}) {
    EXPECT_THAT(report_csv(with_cell(each.text)), HasSubstr("\r\nthing,,," + each.cell + "\r\n"))
        << each.text;
  }
}

TEST(ReportFormats, JsonHasTypesAndNullForWhatIsNotKnown) {
  EXPECT_EQ(report_json(sample()),
            R"({"apiVersion":"defenderd/v1","kind":"Report",)"
            R"("head":{"made":"2026-11-27T08:00:00Z","subscriptions":2},)"
            R"("gaps":["no journal: set journal.file"],)"
            R"("subscriptions":[{"id":"1","name":"chat-prod","asDeclared":true},)"
            R"({"id":"2","name":null,"asDeclared":false},)"
            R"({"id":"3","name":"dark","asDeclared":null}],)"
            R"("drifts":[{"id":"1","seconds":5400},{"id":"2","seconds":null}],"changes":[]})"
            "\n");
}

TEST(ReportFormats, MarkdownIsTables) {
  EXPECT_EQ(report_markdown(sample()),
            "# defenderd evidence report\n\n"
            "|  |  |\n| --- | --- |\n"
            "| Made | 2026-11-27T08:00:00Z |\n| Subscriptions | 2 |\n"
            "\n## Not in this report\n\n- `no journal: set journal.file`\n"
            "\n## Subscriptions (3)\n\n| Id | Name | As declared |\n| --- | --- | --- |\n"
            "| 1 | chat-prod | yes |\n| 2 |  | no |\n| 3 | dark |  |\n"
            "\n## Drifts (2)\n\n| Id | Lasted |\n| --- | --- |\n| 1 | 1h30m |\n| 2 |  |\n"
            "\n## Changes (0)\n\nNothing was changed.\n");
}

TEST(ReportFormats, NoCellOfMarkdownIsMarkup) {
  for (const std::string text : {"a|b", "<b>x</b>", "[x](http://y)", "*x*", "@team", "a`b"}) {
    EXPECT_THAT(report_markdown(with_cell(text)), Not(HasSubstr(text + " |"))) << text;
  }
}

TEST(ReportFormats, HtmlIsOnePageThatLoadsNothing) {
  const std::string page = report_html(sample());
  EXPECT_THAT(page,
              AllOf(HasSubstr("<tr><td>1</td><td>chat-prod</td><td>yes</td></tr>"),
                    HasSubstr("<td class=\"no\">no</td>"), HasSubstr("<td>1h30m</td>"),
                    HasSubstr("<p>Nothing was changed.</p>"),
                    HasSubstr("<li>no journal: set journal.file</li>"), HasSubstr("@media print")));
  for (const char* const loads : {"<script", "<link", "<img", "src=", "href=", "url(", "@import"})
    EXPECT_THAT(page, Not(HasSubstr(loads)));
}

TEST(ReportFormats, OnlyLongWordsOfHtmlMayBeBroken) {
  const auto has_cell = [](const std::string& cell) { return HasSubstr("<td>" + cell + "</td>"); };
  EXPECT_THAT(report_html(with_cell("AccountSwitchedOff of chat")),
              has_cell("AccountSwitchedOff of chat"));
  EXPECT_THAT(report_html(with_cell("of 00000000-0000-4000-8000-000000000001, on")),
              has_cell("of 00000000-<wbr>0000-4000<wbr>-8000-000<wbr>000000001<wbr>, on"));
  EXPECT_THAT(report_html(with_cell("abcdefghé0123456789012345")),
              has_cell("abcdefghé<wbr>012345678<wbr>9012345"));
}

TEST(ReportFormats, NoCellOfHtmlIsMarkup) {
  EXPECT_THAT(report_html(with_cell("<script>'\"&\"</script>")),
              AllOf(HasSubstr("<td>&lt;script&gt;&#39;&quot;&amp;&quot;&lt;/script&gt;</td>"),
                    Not(HasSubstr("<script"))));
}

TEST(ReportFormats, TheNameOfTheFileSaysWhichFormat) {
  struct Case {
    std::string option;
    std::string file;
    std::string format;
  };
  for (const Case& each : std::vector<Case>{{"", "", "markdown"},
                                            {"", "a.csv", "csv"},
                                            {"", "x/a.HTML", "html"},
                                            {"", "a.htm", "html"},
                                            {"", "a.json", "json"},
                                            {"", "a.md", "markdown"},
                                            {"csv", "a.html", "csv"}}) {
    CommandLine line;
    if (!each.option.empty()) line.form = each.option;
    line.output_file = each.file;
    EXPECT_EQ(report_format(line), each.format) << each.file;
  }
}

TEST(ReportFormats, AnEndingThatNamesNoFormatIsRefused) {
  CommandLine line;
  for (const char* const good : {"", "evidence", "a.MD", "a.markdown", "a.htm", "x.y/a.csv"}) {
    line.output_file = good;
    EXPECT_EQ(problem_of_output(line), "") << good;
  }
  line.output_file = "a.pdf";
  EXPECT_EQ(problem_of_output(line),
            "-o a.pdf: .pdf is not the name of a format; expected .csv, .html, .json or .md, or "
            "set --format");
  line.form = "html";
  EXPECT_EQ(problem_of_output(line), "");
}

}  // namespace
}  // namespace defenderd
