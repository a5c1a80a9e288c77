#include "arm/pricing_codec.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <random>
#include <vector>

#include "support/tally.h"

namespace defenderd {
namespace {

using nlohmann::json;

json sent(const Pricing& pricing) { return json::parse(encode_pricing(pricing)).at("properties"); }

// {"properties": ...} around the text of an object.
std::string answer(const std::string& properties) { return R"({"properties":)" + properties + "}"; }

std::string with_extensions(const std::string& list) {
  return answer(R"({"pricingTier":"Standard","extensions":)" + list + "}");
}

Pricing decoded(const std::string& text) {
  auto result = decode_pricing(text);
  EXPECT_TRUE(result) << (result ? "" : result.error().message) << "\n" << text;
  return result ? result->pricing : Pricing();
}

constexpr std::string_view kWholeAnswer = R"({
  "id": "/subscriptions/x/providers/Microsoft.Security/pricings/AI", "name": "AI",
  "type": "Microsoft.Security/pricings",
  "properties": {
    "pricingTier": "Standard", "freeTrialRemainingTime": "P12D", "enforce": "True",
    "enablementTime": "2026-01-01T00:00:00.1234567Z", "resourcesCoverageStatus": "FullyCovered",
    "inherited": "False", "inheritedFrom": "x", "deprecated": false, "replacedBy": ["y"],
    "provisioningState": "Succeeded", "nothing": null, "newSwitch": {"deep": [1, true, null]},
    "extensions": [
      {"name": "AIPromptEvidence", "isEnabled": "True",
       "operationStatus": {"code": "Succeeded", "message": "Successfully enabled extension"}},
      {"name": "AIPromptSharingWithPurview", "isEnabled": "False",
       "additionalExtensionProperties": {"Cap": "5"}},
      {"name": "NewOne", "isEnabled": "True", "hue": "blue",
       "additionalExtensionProperties": {"Cap": {"GB": 5000000000}}}]}})";

TEST(DecodePricing, ReadsWhatAzureShows) {
  const auto result = decode_pricing(kWholeAnswer);
  ASSERT_TRUE(result);
  const Pricing& pricing = result->pricing;
  EXPECT_EQ(pricing.tier, Tier::Standard);
  EXPECT_EQ(pricing.enforce, "True");
  EXPECT_EQ(pricing.sub_plan, std::nullopt);
  EXPECT_EQ(pricing.coverage, "FullyCovered");
  EXPECT_EQ(pricing.free_trial_remaining, "P12D");
  ASSERT_EQ(pricing.extensions.size(), 3U);
  EXPECT_EQ(pricing.find("AIPromptEvidence")->enabled, true);
  EXPECT_EQ(pricing.find("AIPromptSharingWithPurview")->enabled, false);
  EXPECT_EQ(pricing.find("NewOne")->enabled, true);
  EXPECT_TRUE(result->failed.empty());
}

TEST(EncodePricing, SendsBackWhatMayBeWritableAndNothingElse) {
  const json properties = sent(decoded(std::string(kWholeAnswer)));
  EXPECT_EQ(properties, json::parse(R"({
    "pricingTier": "Standard", "enforce": "True", "newSwitch": {"deep": [1, true, null]},
    "extensions": [
      {"name": "AIPromptEvidence", "isEnabled": "True"},
      {"name": "AIPromptSharingWithPurview", "isEnabled": "False"},
      {"name": "NewOne", "isEnabled": "True", "hue": "blue",
       "additionalExtensionProperties": {"Cap": {"GB": 5000000000}}}]})"));
}

TEST(EncodePricing, SwitchingAnExtensionOffDropsItsProperties) {
  Pricing pricing = decoded(std::string(kWholeAnswer));
  pricing.find("NewOne")->enabled = false;
  EXPECT_EQ(sent(pricing)["extensions"][2],
            json::parse(R"({"name":"NewOne","isEnabled":"False"})"));
}

TEST(EncodePricing, APlanThatIsOffIsSentWithoutExtensions) {
  EXPECT_EQ(sent(Pricing()), json::parse(R"({"pricingTier":"Free"})"));
}

struct FlagCase {
  const char* description;
  std::string member;  // of the extension, behind its name
  std::optional<bool> enabled;
  std::string enabled_text;
  std::string echoed;  // isEnabled in the next PUT as JSON; "" = the extension is not named
};

TEST(DecodePricing, ReadsIsEnabledInEveryForm) {
  const std::vector<FlagCase> cases{
      {"as the specification has it", R"(,"isEnabled":"True")", true, "", R"("True")"},
      {"off", R"(,"isEnabled":"False")", false, "", R"("False")"},
      {"lower case, as a built-in policy writes it", R"(,"isEnabled":"true")", true, "",
       R"("True")"},
      {"upper case", R"(,"isEnabled":"FALSE")", false, "", R"("False")"},
      {"a boolean", R"(,"isEnabled":true)", true, "", R"("True")"},
      {"a boolean, off", R"(,"isEnabled":false)", false, "", R"("False")"},
      {"another case of the member's name", R"(,"IsEnabled":"True")", true, "", R"("True")"},
      {"a value of a later version", R"(,"isEnabled":"Partial")", std::nullopt, "Partial",
       R"("Partial")"},
      {"a number", R"(,"isEnabled":1)", std::nullopt, "1", "1"},
      {"text that would forge a log line", R"(,"isEnabled":"a\nb")", std::nullopt, "a b",
       R"("a\nb")"},
      {"null", R"(,"isEnabled":null)", std::nullopt, "missing", ""},
      {"missing", "", std::nullopt, "missing", ""},
  };
  for (const FlagCase& test : cases) {
    SCOPED_TRACE(test.description);
    const Pricing pricing = decoded(with_extensions(R"([{"name":"E")" + test.member + "}]"));
    ASSERT_EQ(pricing.extensions.size(), 1U);
    EXPECT_EQ(pricing.extensions[0].enabled, test.enabled);
    EXPECT_EQ(pricing.extensions[0].enabled_text, test.enabled_text);
    const json properties = sent(pricing);
    ASSERT_EQ(properties.contains("extensions"), !test.echoed.empty());
    if (test.echoed.empty()) continue;
    EXPECT_EQ(properties["extensions"][0]["isEnabled"], json::parse(test.echoed));
  }
}

TEST(EncodePricing, AValueThatWasNotUnderstoodGivesWayToADecision) {
  Pricing pricing = decoded(with_extensions(R"([{"name":"E","isEnabled":7}])"));
  pricing.extensions[0].enabled = true;
  EXPECT_EQ(sent(pricing)["extensions"][0], json::parse(R"({"name":"E","isEnabled":"True"})"));
}

TEST(DecodePricing, ReadsAbsentExtensionsAsNone) {
  for (const char* const properties :
       {R"({"pricingTier":"Free"})", R"({"pricingTier":"Free","extensions":null})",
        R"({"pricingTier":"Free","extensions":[]})"}) {
    const Pricing pricing = decoded(answer(properties));
    EXPECT_EQ(pricing.tier, Tier::Free) << properties;
    EXPECT_TRUE(pricing.extensions.empty()) << properties;
  }
}

TEST(DecodePricing, SurvivesCaseAndValuesThatItDoesNotKnow) {
  EXPECT_EQ(decoded(answer(R"({"pricingTier":"standard"})")).tier, Tier::Standard);
  EXPECT_EQ(decoded(R"({"Properties":{"PricingTier":"FREE"}})").tier, Tier::Free);
  const Pricing premium = decoded(answer(
      R"({"pricingTier":"Premium","subPlan":"P9","resourcesCoverageStatus":"Mostly\u0007"})"));
  EXPECT_EQ(premium.tier, Tier::Other);
  EXPECT_EQ(premium.tier_text, "Premium");
  EXPECT_EQ(premium.sub_plan, "P9");
  EXPECT_EQ(premium.coverage, "Mostly ");
  EXPECT_EQ(sent(premium)["subPlan"], "P9");
  EXPECT_EQ(sent(decoded(answer(R"({"pricingTier":"Free","enforce":true})")))["enforce"], "True");
  EXPECT_EQ(decoded(answer(R"({"pricingTier":"Free","enforce":{},"subPlan":null})")).enforce,
            std::nullopt);
}

struct TwiceCase {
  const char* description;
  std::string text;
  const char* same_as;  // the properties that mean the same
};

TEST(DecodePricing, OfMembersThatStandTwiceTheExactOrElseTheLastCounts) {
  const std::vector<TwiceCase> cases{
      {"the last of equals", answer(R"({"pricingTier":"Free","pricingTier":"Standard"})"),
       R"({"pricingTier":"Standard"})"},
      {"the exact one, wherever it stands",
       answer(R"({"PricingTier":"Free","pricingTier":"Standard","PRICINGTIER":"Free"})"),
       R"({"pricingTier":"Standard"})"},
      {"properties as well",
       R"({"properties":{"pricingTier":"Free","a":1},"properties":{"pricingTier":"Standard"},)"
       R"("Properties":{"pricingTier":"Free"}})",
       R"({"pricingTier":"Standard"})"},
      {"properties elsewhere are others'",
       R"({"x":{"properties":{"pricingTier":"Free"}},"properties":{"pricingTier":"Standard"},)"
       R"("y":[{"properties":{"pricingTier":"Free"}}]})",
       R"({"pricingTier":"Standard"})"},
      {"a list of extensions, with what was wrong about the one before",
       answer(R"({"pricingTier":"Standard","extensions":[{"name":"A","isEnabled":"True"},{},3],)"
              R"("extensions":[{"name":"B","isEnabled":"True"}]})"),
       R"({"pricingTier":"Standard","extensions":[{"name":"B","isEnabled":"True"}]})"},
      {"unknown ones, and null is none",
       answer(R"({"pricingTier":"Free","a":{"b":[{"c":1},[2]]},"b":2,"b":null,"a":{"b":[3]}})"),
       R"({"pricingTier":"Free","a":{"b":[3]}})"},
  };
  for (const TwiceCase& test : cases) {
    SCOPED_TRACE(test.description);
    EXPECT_EQ(decoded(test.text), decoded(answer(test.same_as)));
  }
  const auto result = decode_pricing(with_extensions(R"([{"name":"E","isEnabled":"True",
    "operationStatus":{"code":"Failed"},"operationStatus":{"code":"Succeeded"}}])"));
  ASSERT_TRUE(result);
  EXPECT_TRUE(result->failed.empty());
}

TEST(DecodePricing, TellsWhichExtensionsFailedInsideASuccess) {
  const auto result = decode_pricing(with_extensions(R"([
    {"name":"AIPromptEvidence","isEnabled":"True","operationStatus":
      {"code":"Failed","message":"no permission to assign roles"}},
    {"name":"AIModelScanner","isEnabled":"True","operationStatus":{"code":"failed"}},
    {"name":"A","isEnabled":"True","operationStatus":{"code":" Succeeded","message":"m"}},
    {"name":"B","isEnabled":"True","operationStatus":{"code":"Pending"}},
    {"name":"C","isEnabled":"True","operationStatus":"Failed"},
    {"name":"D","isEnabled":"True","operationStatus":null},
    {"name":"E","isEnabled":"True","operationStatus":{"message":"m"}},
    {"name":"F","isEnabled":"True","operationStatus":{"code":"Degraded","message":"m"}},
    {"name":"G","isEnabled":"True","operationStatus":[{"code":"Succeeded"}]},
    {"name":"H","isEnabled":"True","operationStatus":[]}])"));
  ASSERT_TRUE(result);
  EXPECT_EQ(result->failed,
            (std::vector<ExtensionFailure>{{"AIPromptEvidence", "no permission to assign roles"},
                                           {"AIModelScanner", ""},
                                           {"C", ""},
                                           {"F", "Degraded: m"}}));
  EXPECT_EQ(result->succeeded, (std::vector<std::string>{"A", "G"}));
  EXPECT_EQ(result->in_progress, std::vector<std::string>{"B"});
  EXPECT_EQ(encode_pricing(result->pricing).find("operationStatus"), std::string::npos);
}

TEST(DecodePricing, TellsThatThePlanFailedAsAWhole) {
  const auto result = decode_pricing(answer(
      R"({"pricingTier":"Standard","provisioningState":"Failed","extensions":[
         {"name":"A","isEnabled":"True"},
         {"name":"B","isEnabled":"True","operationStatus":{"code":"Succeeded"}}]})"));
  ASSERT_TRUE(result);
  ASSERT_EQ(result->failed.size(), 1U);
  EXPECT_EQ(result->failed[0].name, "A");
  EXPECT_EQ(result->succeeded, std::vector<std::string>{"B"});
}

TEST(DecodePricing, TellsSinceWhenThePlanIsOn) {
  const auto since = [](const std::string& members) {
    const auto result =
        decode_pricing(R"({"properties":{"pricingTier":"Standard")" + members + "}}");
    EXPECT_TRUE(result);
    return result ? result->enabled_since : "";
  };
  const std::string time = "2026-01-01T00:00:00.1234567Z";
  EXPECT_EQ(since(R"(,"enablementTime":")" + time + '"'), time);
  EXPECT_EQ(since(R"(,"EnablementTime":")" + time + '"'), time);
  EXPECT_EQ(since(""), "");
  EXPECT_EQ(since(R"(,"enablementTime":null)"), "");
  EXPECT_EQ(since(R"(,"enablementTime":5)"), "");
}

struct BadCase {
  const char* description;
  std::string text;
  const char* message;
};

TEST(DecodePricing, GivesAnErrorForEverythingElse) {
  const auto pricing_with = [](const std::string& list) { return with_extensions(list); };
  const std::vector<BadCase> cases{
      {"nothing", "", "is not JSON, or was cut off"},
      {"HTML of a proxy", "<html>502</html>", "is not JSON"},
      {"cut off", std::string(kWholeAnswer.substr(0, kWholeAnswer.size() / 2)), "cut off"},
      {"the last brace is missing", std::string(kWholeAnswer.substr(0, kWholeAnswer.size() - 1)),
       "cut off"},
      {"a second document", answer(R"({"pricingTier":"Free"})") + "{}", "is not JSON"},
      {"malformed UTF-8", answer("{\"pricingTier\":\"Free\xC3\"}"), "not valid UTF-8"},
      {"a list", "[]", "is not a pricing"},
      {"a number", "17", "is not a pricing"},
      {"null", "null", "is not a pricing"},
      {"an error's body", R"({"error":{"code":"X"}})", "is not a pricing"},
      {"properties of the wrong type", R"({"properties":[1]})", "is not a pricing"},
      {"no tier", answer("{}"), "properties.pricingTier is not a text"},
      {"a tier of the wrong type", answer(R"({"pricingTier":1})"), "properties.pricingTier"},
      {"extensions of the wrong type", pricing_with(R"({"E":"True"})"), "is not a list"},
      {"an extension of the wrong type", pricing_with(R"(["E"])"), "extension without a name"},
      {"an extension without a name", pricing_with(R"([{"isEnabled":"True"}])"), "without a name"},
      {"a name of the wrong type", pricing_with(R"([{"name":3,"isEnabled":"True"}])"),
       "without a name"},
      {"the same extension twice", pricing_with(R"([{"name":"E","isEnabled":"True"},
                                                   {"name":"e","isEnabled":"False"}])"),
       "'e' twice"},
      {"a name that would forge a log line",
       pricing_with(R"([{"name":"E\nF","isEnabled":"True"}])"),
       "'E F' twice or with an invalid name"},
      {"an endless name",
       pricing_with(R"([{"name":")" + std::string(129, 'n') + R"(","isEnabled":"True"}])"),
       "invalid name"},
      {"deep", answer(R"({"pricingTier":"Free","x":)" + std::string(100'000, '[')), "too deep"},
  };
  for (const BadCase& test : cases) {
    SCOPED_TRACE(test.description);
    const auto result = decode_pricing(test.text);
    ASSERT_FALSE(result);
    EXPECT_NE(result.error().message.find(test.message), std::string::npos)
        << result.error().message;
  }
}

// A pricing with an unknown member that is `size` bytes long and, with all around it, `levels`
// deep.
std::string large(std::size_t size, std::size_t levels) {
  const std::size_t inner = levels - 2;
  return answer(R"({"pricingTier":"Free","x":)" + std::string(inner, '[') + '"' +
                std::string(size, 'x') + '"' + std::string(inner, ']') + "}");
}

TEST(DecodePricing, BoundsDepthAndSize) {
  for (const std::size_t size : {10UL, 15'000UL, 100'000UL, 1'000'000UL}) {
    SCOPED_TRACE(size);
    const Pricing deep = decoded(large(size, 32));
    const std::string carried = R"({"x":)" + std::string(30, '[') + '"' + std::string(size, 'x') +
                                '"' + std::string(30, ']') + "}";
    EXPECT_EQ(deep.is_cut, size > 64'000);
    EXPECT_EQ(deep.extra_json, deep.is_cut ? "" : carried);
    EXPECT_EQ(deep.tier, Tier::Free) << "it is observed all the same";
    const auto deeper = decode_pricing(large(size, 33));
    ASSERT_FALSE(deeper);
    EXPECT_EQ(deeper.error().message, "the answer's JSON nests too deep, or has too many values");
    EXPECT_EQ(decoded(answer(R"({"pricingTier":"Free"})")).tier, Tier::Free) << "right after it";
  }
  const auto larger = decode_pricing(large(1UL << 20U, 3));
  ASSERT_FALSE(larger);
  EXPECT_EQ(larger.error().message, "the answer is too large for a pricing");
}

TEST(DecodePricing, PassesOverAByteOrderMark) {
  const std::string text = "\xEF\xBB\xBF" + answer(R"({"pricingTier":"Standard"})");
  EXPECT_EQ(decoded(text).tier, Tier::Standard);
  EXPECT_FALSE(decode_pricing("\xEF\xBB\xBF"));
}

TEST(DecodePricing, NeverThrowsWhereverTheAnswerIsCutOrBroken) {
  std::mt19937 random(7);
  const std::string whole(kWholeAnswer);
  int good = 0;
  for (std::size_t i = 0; i < whole.size(); ++i) {
    EXPECT_FALSE(decode_pricing(whole.substr(0, i))) << i;
    std::string broken = whole;
    broken[i] = static_cast<char>(random() % 256);
    good += decode_pricing(broken) ? 1 : 0;
  }
  EXPECT_GE(good, 50) << "a changed letter inside a value is still a pricing";
  EXPECT_LE(good, static_cast<int>(whole.size()) - 50) << "one outside is none";
}

// What a GET shows after a PUT of x by a service that takes it as it is.
TEST(PricingCodec, WhatWasReadIsWrittenAsItWas) {
  std::mt19937 random(11);
  Tally tally;
  const auto chance = [&random](unsigned in) { return random() % in == 0; };
  for (int round = 0; round < 300; ++round) {
    Pricing pricing;
    pricing.tier_text = chance(2) ? "Standard" : chance(2) ? "Free" : "Premium";
    pricing.tier = parse_tier(pricing.tier_text);
    if (chance(3)) pricing.sub_plan = "P" + std::to_string(random() % 3);
    if (chance(2)) pricing.enforce = chance(2) ? "True" : "False";
    if (chance(4)) pricing.extra_json = R"({"a":[1,{"b":"\"\\\u00e4"}],"c":1.5})";
    for (auto n = random() % 5; n > 0; --n) {
      Extension extension{"Extension" + std::to_string(n), chance(2)};
      if (extension.enabled == true && chance(3))
        extension.extra_json = R"({"additionalExtensionProperties":{"Cap":"5000"},"x":[]})";
      pricing.extensions.push_back(extension);
    }
    const std::string body = encode_pricing(pricing);
    EXPECT_EQ(encode_pricing(decoded(body)), body);
    Pricing back = decoded(body);
    if (!pricing.extra_json.empty()) {
      EXPECT_EQ(json::parse(back.extra_json), json::parse(pricing.extra_json));
      back.extra_json = pricing.extra_json;
    }
    EXPECT_EQ(back, pricing) << body;
    ++tally[pricing.tier_text];
    if (pricing.sub_plan) ++tally["a sub-plan"];
    if (pricing.enforce) ++tally["enforce"];
    if (!pricing.extra_json.empty()) ++tally["unknown members"];
    if (pricing.extensions.size() > 1) ++tally["extensions"];
    for (const Extension& extension : pricing.extensions)
      if (!extension.extra_json.empty()) ++tally["an extension's properties"];
  }
  expect_tried(tally, {{"Standard", 50},
                       {"Free", 50},
                       {"Premium", 50},
                       {"a sub-plan", 50},
                       {"enforce", 50},
                       {"unknown members", 50},
                       {"extensions", 50},
                       {"an extension's properties", 50}});
}

}  // namespace
}  // namespace defenderd
