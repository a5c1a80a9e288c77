#include "cli/edit_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

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

Scope scope(const std::string& source) {
  Scope result;
  result.name = "prod";
  result.management_group = "mg";
  result.declares.source = source;
  return result;
}

DesiredReview of_one() {
  return review_edit(desired_state({at(declared(1, true), "a.yaml:3")}),
                     desired_state({at(declared(1, false), "a.yaml:3")}), WallTime());
}

// One of each part.
DesiredReview of_many() {
  DesiredSubscription observed = at(declared(3, true), "old.yaml:5");
  observed.mode = Mode::Observe;
  DesiredSubscription owned = at(declared(4, true), "new.yaml:6");
  owned.owner = "ops";
  owned.mode = Mode::Observe;
  DesiredSubscription renamed = at(declared(6, true), "new.yaml:8");
  renamed.owner = "ops";
  DesiredSubscription added = at(declared(7, true), "new.yaml:9");
  added.mode = Mode::Observe;
  Scope excluding = scope("new.yaml:20");
  excluding.exclude = {subscription_id(9)};
  return review_edit(
      desired_state({at(declared(1, true, {evidence(true)}), "old.yaml:3"),
                     at(declared(2, true), "old.yaml:4"), observed,
                     at(declared(4, true), "old.yaml:6"), at(declared(6, true), "old.yaml:7")},
                    {scope("old.yaml:20")}),
      desired_state({at(declared(1, false), "new.yaml:3"), at(declared(3, true), "new.yaml:5"),
                     owned, renamed, at(declared(5, true, {evidence(false)}), "new.yaml:7"), added},
                    {excluding}),
      WallTime());
}

TEST(EditReport, OfNothing) {
  const DesiredReview same = review_edit(desired_state({declared(1, true)}),
                                         desired_state({declared(1, true)}), WallTime());
  EXPECT_EQ(edit_text(same), "the desired state means the same as before\n");
  EXPECT_EQ(edit_json(same),
            R"({"apiVersion":"defenderd/v1","kind":"DesiredDiff","same":true,"summary":)"
            R"({"subscriptions":{"removed":0,"changed":0,"added":0},"scopes":{"removed":0,)"
            R"("changed":0,"added":0},"redFlags":{"switchesOff":0,"leaves":0,"stopsCorrecting":0,)"
            R"("enforces":0},"waves":[]},)"
            R"("items":[]})"
            "\n");
}

TEST(EditReport, OfOne) {
  EXPECT_EQ(edit_text(of_one()),
            "1 subscription changed\n"
            "review first: 1 switches protection off\n"
            "\n"
            "Switches protection off:\n"
            "  ~ sub-1 (" +
                guid(1) +
                ")  a.yaml:3\n"
                "      plan: on -> off\n");
  EXPECT_THAT(
      edit_json(of_one()),
      EndsWith(R"("redFlags":{"switchesOff":1,"leaves":0,"stopsCorrecting":0,"enforces":0},)"
               R"("waves":[{"wave":0,"items":1}]},"items":[)"
               R"({"edit":"changed","scope":false,"id":")" +
               guid(1) +
               R"(","name":"sub-1","selects":null,"source":"a.yaml:3","mode":"enforce",)"
               R"("wave":0,"redFlags":["switchesOff"],"keys":[{"key":"plan","from":"on",)"
               R"("to":"off"}]}]})"
               "\n"));
}

TEST(EditReport, OfMany) {
  EXPECT_EQ(edit_text(of_many()),
            "1 subscription removed, 4 subscriptions and 1 scope changed, 2 subscriptions added\n"
            "review first: 1 switches protection off, 2 leave the list, 2 are no longer "
            "corrected, 2 are corrected from now on\n"
            "\n"
            "Switches protection off:\n"
            "  ~ sub-1 (" +
                guid(1) +
                ")  new.yaml:3\n"
                "      plan: on -> off\n"
                "      promptEvidence: on -> (none)\n"
                "\n"
                "Leaves the list; left as it is in Azure:\n"
                "  - sub-2 (" +
                guid(2) +
                ")  old.yaml:4\n"
                "      plan on, mode enforce\n"
                "  ~ scope prod (managementGroup mg)  new.yaml:20  (mode observe)\n"
                "      exclude: (none) -> " +
                guid(9) +
                "\n"
                "\n"
                "No longer corrected:\n"
                "  ~ sub-4 (" +
                guid(4) +
                ")  new.yaml:6  (mode observe)\n"
                "      mode: enforce -> observe\n"
                "      owner: (none) -> ops\n"
                "\n"
                "Corrected from now on:\n"
                "  ~ sub-3 (" +
                guid(3) +
                ")  new.yaml:5\n"
                "      mode: observe -> enforce\n"
                "  + sub-5 (" +
                guid(5) +
                ")  new.yaml:7\n"
                "      plan on, promptEvidence off, mode enforce\n"
                "\n"
                "Changed:\n"
                "  ~ sub-6 (" +
                guid(6) +
                ")  new.yaml:8\n"
                "      owner: (none) -> ops\n"
                "\n"
                "Added:\n"
                "  + sub-7 (" +
                guid(7) +
                ")  new.yaml:9\n"
                "      plan on, mode observe\n");
}

DesiredSubscription in_wave(DesiredSubscription one, std::uint8_t wave) {
  one.wave = wave;
  one.source = "a.yaml:3";
  return one;
}

TEST(EditReport, GoesByWaveWhereThereAreWaves) {
  const DesiredReview review =
      review_edit(desired_state({in_wave(declared(1, true), 10), in_wave(declared(3, true), 0)}),
                  desired_state({in_wave(declared(1, false), 10), in_wave(declared(2, false), 2),
                                 in_wave(declared(3, true), 5)}),
                  WallTime());
  EXPECT_EQ(edit_text(review),
            "2 subscriptions changed, 1 subscription added\n"
            "review first: 2 switch protection off, 1 is corrected from now on\n"
            "by wave: wave 2: 1, wave 5: 1, wave 10: 1\n"
            "\n"
            "Switches protection off:\n"
            "  + sub-2 (" +
                guid(2) +
                ")  a.yaml:3  (wave 2)\n"
                "      plan off, mode enforce, wave 2\n"
                "  ~ sub-1 (" +
                guid(1) +
                ")  a.yaml:3  (wave 10)\n"
                "      plan: on -> off\n"
                "\n"
                "Changed:\n"
                "  ~ sub-3 (" +
                guid(3) +
                ")  a.yaml:3  (wave 5)\n"
                "      wave: 0 -> 5\n");
  EXPECT_THAT(edit_json(review), HasSubstr(R"("waves":[{"wave":2,"items":1},{"wave":5,"items":1},)"
                                           R"({"wave":10,"items":1}]})"));
  const std::string markdown = edit_markdown(review);
  EXPECT_THAT(markdown, HasSubstr("\nChanges by wave: wave 2: 1, wave 5: 1, wave 10: 1.\n"));
  EXPECT_THAT(markdown, HasSubstr("| wave | | key | from | to | declared in |\n"
                                  "|---:|---|---|---|---|---|\n"
                                  "| 2 | `sub-2` `" +
                                  guid(2) +
                                  "` | added | | `plan off, mode enforce, wave 2` | `a.yaml:3` |\n"
                                  "| 10 | `sub-1` `" +
                                  guid(1) + "` | `plan` | `on` | `off` | `a.yaml:3` |\n"));
}

TEST(EditReport, ShowsMarkupAndControlCharactersAsText) {
  DesiredSubscription odd = at(declared(1, true), "a\x1b[31m.yaml:3");
  odd.name = "a\n- b \x1b[2J";
  odd.reason = "\"},{\xff";
  const DesiredReview review = review_edit(desired_state({}), desired_state({odd}), WallTime());
  const std::string text = edit_text(review);
  EXPECT_THAT(text, Not(HasSubstr("\x1b")));
  EXPECT_THAT(text, HasSubstr("  + a - b  [2J ("));
  const auto json = nlohmann::json::parse(edit_json(review));
  EXPECT_EQ(json["items"][0]["name"], odd.name);
}

TEST(EditReport, AThousandAreBoundedForPeopleAndCompleteForPrograms) {
  std::vector<DesiredSubscription> before;
  std::vector<DesiredSubscription> after;
  for (unsigned n = 1; n <= 1000; ++n) {
    before.push_back(at(declared(n, true), "a.yaml:1"));
    after.push_back(at(declared(n, false), "a.yaml:1"));
  }
  const DesiredReview review = review_edit(desired_state(before), desired_state(after), WallTime());
  const std::string text = edit_text(review);
  EXPECT_THAT(text, StartsWith("1000 subscriptions changed\nreview first: 1000 switch protection "
                               "off\n"));
  EXPECT_THAT(text, EndsWith("  and 900 more: -o json lists all\n"));
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 205);
  EXPECT_EQ(nlohmann::json::parse(edit_json(review))["items"].size(), 1000U);
}

TEST(EditReport, OneWithAThousandKeysIsBounded) {
  Scope excluding = scope("a.yaml:1");
  for (unsigned n = 1; n <= 1000; ++n) excluding.exclude.push_back(subscription_id(n));
  const DesiredReview review = review_edit(desired_state({}, {scope("a.yaml:1")}),
                                           desired_state({}, {excluding}), WallTime());
  EXPECT_THAT(edit_text(review), EndsWith("\n      and 980 more\n"));
}

}  // namespace
}  // namespace defenderd
