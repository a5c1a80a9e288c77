#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

#include "cli/edit_report.h"
#include "cli/markdown_text.h"
#include "support/builders.h"
#include "support/fleets.h"

namespace defenderd {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

DesiredSubscription at(DesiredSubscription one, const std::string& source) {
  one.source = source;
  return one;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

TEST(MarkdownCode, ShowsTextAsItIs) {
  struct Case {
    const char* what;
    std::string text;
    std::string expected;
  };
  for (const Case& item : std::vector<Case>{
           {"nothing", "", ""},
           {"a name", "chat-prod", "`chat-prod`"},
           {"other letters", "Größe 漢字", "`Größe 漢字`"},
           {"an address and a mention", "eve@contoso.com, @all #1", "`eve@contoso.com, @all #1`"},
           {"a bare link", "https://evil.example/x", "`https://evil.example/x`"},
           {"a pipe", "a|b", "<code>a&#124;b</code>"},
           {"an escaped pipe", "a\\|b", "<code>a&#92;&#124;b</code>"},
           {"backticks", "``x`", "<code>&#96;&#96;x&#96;</code>"},
           {"a tag", "<b>&amp;", "<code>&#60;b&#62;&#38;amp&#59;</code>"},
           {"a link", "[a](//b)", "<code>&#91;a&#93;&#40;&#47;&#47;b&#41;</code>"},
           {"an image", "![a](b)", "<code>&#33;&#91;a&#93;&#40;b&#41;</code>"},
           {"emphasis", "*a*", "<code>&#42;a&#42;</code>"},
           {"strike-through", "~~a~~", "<code>&#126;&#126;a&#126;&#126;</code>"},
           {"a mention with a tag", "<@a", "<code>&#60;<!-- -->&#64;a</code>"},
           {"blanks at the ends", " a ", "<code> a </code>"},
           {"a line end", "a\n| b", "<code>a &#124; b</code>"},
           {"an override of direction",
            "a\xE2\x80\xAE"
            "b",
            "`a b`"}}) {
    EXPECT_EQ(markdown_code(item.text), item.expected) << item.what;
  }
  EXPECT_EQ(markdown_code(std::string(300, 'x'), 10), "`xxxxxxxxxx...`");
}

TEST(EditMarkdown, OfNothing) {
  EXPECT_EQ(edit_markdown(review_edit(desired_state({}), desired_state({}), WallTime())),
            "### defenderd: what this edit means\n\n"
            "Nothing changes: the desired state means the same as before.\n");
}

TEST(EditMarkdown, OfOne) {
  EXPECT_EQ(edit_markdown(review_edit(
                desired_state({}), desired_state({at(declared(1, true), "a.yaml:3")}), WallTime())),
            "### defenderd: what this edit means\n"
            "\n"
            "| | removed | changed | added |\n"
            "|---|---:|---:|---:|\n"
            "| subscriptions | 0 | 0 | 1 |\n"
            "| scopes | 0 | 0 | 0 |\n"
            "\n"
            "**Review first: 1 is corrected from now on.**\n"
            "\n"
            "#### Corrected from now on (1)\n"
            "\n"
            "| | key | from | to | declared in |\n"
            "|---|---|---|---|---|\n"
            "| `sub-1` `" +
                guid(1) + "` | added | | `plan on, mode enforce` | `a.yaml:3` |\n");
}

TEST(EditMarkdown, OfManyHasTheRedFlagsFirst) {
  DesiredSubscription observed = at(declared(3, true), "old.yaml:5");
  observed.mode = Mode::Observe;
  DesiredSubscription owned = at(declared(4, true), "new.yaml:6");
  owned.owner = "ops";
  DesiredSubscription added = at(declared(5, true), "new.yaml:7");
  added.mode = Mode::Observe;
  Scope scope;
  scope.management_group = "mg";
  scope.declares.source = "old.yaml:20";
  EXPECT_EQ(
      edit_markdown(review_edit(
          desired_state({at(declared(4, true), "old.yaml:6"),
                         at(declared(1, true, {evidence(true)}), "old.yaml:3"), observed},
                        {scope}),
          desired_state({owned, at(declared(1, false), "new.yaml:3"),
                         at(declared(3, true), "new.yaml:5"), added}),
          WallTime())),
      "### defenderd: what this edit means\n"
      "\n"
      "| | removed | changed | added |\n"
      "|---|---:|---:|---:|\n"
      "| subscriptions | 0 | 3 | 1 |\n"
      "| scopes | 1 | 0 | 0 |\n"
      "\n"
      "**Review first: 1 switches protection off, 1 leaves the list, 1 is no longer "
      "corrected, 1 is corrected from now on.**\n"
      "\n"
      "#### Switches protection off (1)\n"
      "\n"
      "| | key | from | to | declared in |\n"
      "|---|---|---|---|---|\n"
      "| `sub-1` `" +
          guid(1) +
          "` | `plan` | `on` | `off` | `new.yaml:3` |\n"
          "| | `promptEvidence` | `on` | (none) | |\n"
          "\n"
          "#### Leaves the list; left as it is in Azure (1)\n"
          "\n"
          "| | key | from | to | declared in |\n"
          "|---|---|---|---|---|\n"
          "| scope `managementGroup mg` | removed | `plan off, mode observe` | | `old.yaml:20` |\n"
          "\n"
          "#### Corrected from now on (1)\n"
          "\n"
          "| | key | from | to | declared in |\n"
          "|---|---|---|---|---|\n"
          "| `sub-3` `" +
          guid(3) +
          "` | `mode` | `observe` | `enforce` | `new.yaml:5` |\n"
          "\n"
          "#### Changed (1)\n"
          "\n"
          "| | key | from | to | declared in |\n"
          "|---|---|---|---|---|\n"
          "| `sub-4` `" +
          guid(4) +
          "` | `owner` | (none) | `ops` | `new.yaml:6` |\n"
          "\n"
          "#### Added (1)\n"
          "\n"
          "| | key | from | to | declared in |\n"
          "|---|---|---|---|---|\n"
          "| `sub-5` `" +
          guid(5) + "` | added | | `plan on, mode observe` | `new.yaml:7` |\n");
}

TEST(EditMarkdown, MarkupInEveryFieldBreaksNothing) {
  const std::string evil = "a|b` <img src=x onerror=y> [l](https://e) *x* @all\n|---|\n# h";
  DesiredSubscription before = at(declared(1, true), evil + ":3");
  DesiredSubscription after = before;
  after.name = after.reason = after.owner = evil;
  after.extensions = {{evil, false}};
  after.suspend = Suspension{{}, evil, evil};
  after.accepted = std::vector{AcceptedFinding{FindingKind::AccountSwitchedOff, evil, evil, {}}};
  Scope scope;
  scope.name = scope.management_group = evil;
  scope.tags = {{evil, evil}};
  scope.declares = after;
  DesiredSubscription added = after;
  added.id = subscription_id(2);
  const std::string text = edit_markdown(
      review_edit(desired_state({before}), desired_state({after, added}, {scope}), WallTime()));
  for (const std::string& line : lines_of(text)) {
    if (line.starts_with("|") && line.find("---:") == std::string::npos) {
      const auto pipes = std::count(line.begin(), line.end(), '|');
      EXPECT_TRUE(pipes == 6 || pipes == 5) << line;  // of the counts: 5
    } else {
      EXPECT_THAT(line, Not(HasSubstr("img"))) << line;
    }
  }
  EXPECT_THAT(text, Not(HasSubstr("<img")));
  EXPECT_THAT(text, Not(HasSubstr("](")));
  EXPECT_THAT(text, Not(HasSubstr("\n# h")));
  EXPECT_THAT(text, Not(HasSubstr("> @all")));
}

TEST(EditMarkdown, AThousandFitIntoAComment) {
  std::vector<DesiredSubscription> before;
  std::vector<DesiredSubscription> off;
  std::vector<DesiredSubscription> owned;
  for (unsigned n = 1; n <= 1000; ++n) {
    before.push_back(at(declared(n, true), "teams/some-team.yaml:1"));
    off.push_back(at(declared(n, false), "teams/some-team.yaml:1"));
    owned.push_back(before.back());
    owned.back().owner = std::string(250, '|');
  }
  const std::string flagged =
      edit_markdown(review_edit(desired_state(before), desired_state(off), WallTime()));
  EXPECT_LE(flagged.size(), 60'200U);
  EXPECT_GT(flagged.size(), 50'000U) << "as many as fit";
  EXPECT_THAT(flagged, HasSubstr("#### Switches protection off (1000)\n"));
  EXPECT_THAT(flagged, EndsWith(" more: `-o json` lists all\n"));

  const std::string others =
      edit_markdown(review_edit(desired_state(before), desired_state(owned), WallTime()));
  EXPECT_LE(others.size(), 60'200U);
  EXPECT_THAT(others, HasSubstr("#### Changed (1000)\n"));

  // What is dangerous takes the room of the rest.
  off.push_back(at(declared(2000, true), "teams/some-team.yaml:1"));
  const std::string full =
      edit_markdown(review_edit(desired_state(before), desired_state(off), WallTime()));
  EXPECT_LE(full.size(), 60'200U);
  EXPECT_THAT(full, StartsWith("### defenderd: what this edit means\n"));
  EXPECT_THAT(
      full,
      EndsWith(
          "#### Corrected from now on (1)\n\n1 not shown, because the comment is full: `-o json` "
          "lists all\n"));
}

}  // namespace
}  // namespace defenderd
