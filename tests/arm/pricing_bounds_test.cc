// What is carried along for ARM, its bounds, and what an answer must be about.

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <vector>

#include "arm/pricing_codec.h"

namespace defenderd {
namespace {

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

TEST(DecodePricing, CarriesEveryKindOfValueAlong) {
  const std::string values =
      R"([0,-1,9223372036854775807,18446744073709551615,-9223372036854775808,0.5,1e300,true,)"
      R"(false,null,"","\u0000\"\\\/\u00e4\ud83d\ude00",{"":{}},[]])";
  const Pricing pricing = decoded(answer(R"({"pricingTier":"Free","x":)" + values + "}"));
  EXPECT_EQ(nlohmann::json::parse(pricing.extra_json)["x"], nlohmann::json::parse(values));
  for (const char* const bad : {"1e400", "01", "+1", ".5", "NaN", "'a'", R"("\ud800")", "\"\t\"",
                                R"("\x")", "[1,]", "{\"a\":1,}", "tru", "/**/1", "1 2"}) {
    EXPECT_FALSE(decode_pricing(answer(R"({"pricingTier":"Free","x":)" + std::string(bad) + "}")))
        << bad;
  }
}

// The member `x` with a value that makes its length and that of the key `size` bytes.
std::string member_of(std::size_t size) { return R"("x":")" + std::string(size - 5, 'x') + '"'; }

struct CutCase {
  const char* description;
  std::string text;
  bool is_cut;
};

TEST(DecodePricing, CarriesNoMoreThanItKeeps) {
  const auto many = [](int count) {
    std::string members = R"({"pricingTier":"Free")";
    for (int i = 0; i < count; ++i) members += ",\"m" + std::to_string(i) + "\":1";
    return answer(members + "}");
  };
  const auto word = [](const char* name, std::size_t size) {
    return answer(R"({"pricingTier":"Standard",")" + std::string(name) + R"(":")" +
                  std::string(size, 'w') + "\"}");
  };
  const std::string half = member_of(32UL << 10U);
  const std::vector<CutCase> cases{
      {"64 KiB", answer(R"({"pricingTier":"Free",)" + member_of(64UL << 10U) + "}"), false},
      {"one byte more", answer(R"({"pricingTier":"Free",)" + member_of((64UL << 10U) + 1) + "}"),
       true},
      {"of all extensions together",
       with_extensions(R"([{"name":"A","isEnabled":"True",)" + half +
                       R"(},{"name":"B","isEnabled":"True",)" + half + "}]"),
       false},
      {"of all extensions together, and one more",
       with_extensions(R"([{"name":"A","isEnabled":"True",)" + half +
                       R"(},{"name":"B","isEnabled":"True",)" + half +
                       R"(},{"name":"C","isEnabled":"True","y":1}])"),
       true},
      {"an odd flag counts",
       with_extensions(R"([{"name":"A","isEnabled":")" + std::string(70'000, 'x') + "\"}]"), true},
      {"many members", many(500), false},
      {"too many members", many(501), true},
      {"a word of Azure's", word("enforce", 256), false},
      {"no word of Azure's", word("enforce", 257), true},
      {"nor as a sub-plan", word("subPlan", 100'000), true},
      {"what is not echoed does not count",
       answer(R"({"pricingTier":"Free","replacedBy":")" + std::string(100'000, 'x') + "\"}"),
       false},
  };
  for (const CutCase& test : cases) {
    SCOPED_TRACE(test.description);
    const Pricing pricing = decoded(test.text);
    EXPECT_EQ(pricing.is_cut, test.is_cut);
    if (!test.is_cut) continue;
    EXPECT_EQ(pricing.extra_json, "");
    for (const Extension& extension : pricing.extensions) EXPECT_EQ(extension.extra_json, "");
    EXPECT_LE(pricing.sub_plan.value_or("").size(), 256U);
  }
}

TEST(DecodePricing, EndsAtMoreExtensionsThanAPlanCanHave) {
  const auto many = [](std::size_t count) {
    std::string list = "[";
    for (std::size_t i = 0; i < count; ++i)
      list += (i > 0 ? "," : "") + (R"({"name":"E)" + std::to_string(i)) + "\"}";
    return with_extensions(list + "]");
  };
  const auto long_names = [](std::size_t count) {
    std::string list = "[";
    for (std::size_t i = 0; i < count; ++i)
      list += (i > 0 ? R"(,{"name":")" : R"({"name":")") + std::string(125, 'n') +
              std::to_string(100 + i) + "\"}";
    return with_extensions(list + "]");
  };
  EXPECT_EQ(decoded(many(128)).extensions.size(), 128U);
  EXPECT_EQ(decoded(long_names(64)).extensions.size(), 64U);
  for (const std::string& text : {many(129), many(50'000), long_names(65)}) {
    const auto result = decode_pricing(text);
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().message,
              "the answer has more than 128 extensions, or more than 8 KiB of their names");
  }
  const auto endless = decode_pricing(many(1'000'000));
  ASSERT_FALSE(endless);
  EXPECT_EQ(endless.error().message, "the answer is too large for a pricing");
}

TEST(DecodePricing, BoundsWhatAFailedExtensionSays) {
  const auto result = decode_pricing(
      with_extensions(R"([{"name":"A","isEnabled":"True","operationStatus":{"code":"Failed",)"
                      R"("message":")" +
                      std::string(100'000, 'm') + R"("}}])"));
  ASSERT_TRUE(result);
  EXPECT_LE(result->failed.at(0).message.size(), 512U);
}

TEST(EncodePricing, WhatIsCarriedAlongComesOutByteForByte) {
  const std::string odd =
      R"("z" : {"b":1.10, "a":0.10000000000000000555,"e":1E5,"\u0061":"\u00e4"})";
  const std::string more = R"("y":[ 1 ,2.50])";
  const Pricing pricing =
      decoded(answer(R"({"pricingTier":"Standard",)" + odd +
                     R"(,"extensions":[{"name":"A","isEnabled":"True",)" + more + "}]}"));
  const std::string kept =
      R"("z":{"b":1.10, "a":0.10000000000000000555,"e":1E5,"\u0061":"\u00e4"})";
  EXPECT_EQ(encode_pricing(pricing), R"({"properties":{"pricingTier":"Standard",)" + kept +
                                         R"(,"extensions":[{"name":"A","isEnabled":"True",)" +
                                         more + "}]}}");
}

TEST(EncodePricing, MembersOfOneNameAndNamesWithEscapesKeepTheirOwnText) {
  const Pricing pricing = decoded(
      answer(R"({"\u0078":[1, 2],"pricingTier":"Free","x":1.0,"pricingTier":"Standard","y\"":{},)"
             R"("extensions":[{"name":"A","IsEnabled":7,"z":"}"},{"name":"B","z":[ ]}],"x":2.0})"));
  EXPECT_EQ(encode_pricing(pricing),
            R"({"properties":{"pricingTier":"Standard","\u0078":[1, 2],"y\"":{},"x":2.0,)"
            R"("extensions":[{"name":"A","z":"}","isEnabled":7}]}})");
  EXPECT_EQ(pricing.extensions.at(1).extra_json, R"({"z":[ ]})");
}

struct AboutCase {
  const char* description;
  std::string members;  // of the answer, before properties
  const char* problem;  // "" where it is about what was asked
};

TEST(DecodePricing, IsAboutWhatWasAskedFor) {
  const auto asked = *SubscriptionId::parse("6f2b9a52-3f0e-4c83-9a4b-0d9d8c8f3c11");
  const std::string id =
      "/subscriptions/6f2b9a52-3f0e-4c83-9a4b-0d9d8c8f3c11/providers/Microsoft.Security/pricings/";
  const std::vector<AboutCase> cases{
      {"nothing said", "", ""},
      {"all said", R"("id":")" + id + R"(AI","name":"AI","type":"Microsoft.Security/pricings",)",
       ""},
      {"in another case",
       R"("Id":"/SUBSCRIPTIONS/6F2B9A52-3F0E-4C83-9A4B-0D9D8C8F3C11/providers/)"
       R"(microsoft.security/pricings/ai","NAME":"ai","type":"microsoft.security/PRICINGS",)",
       ""},
      {"nulls", R"("id":null,"name":null,"type":null,)", ""},
      {"another subscription",
       R"("id":"/subscriptions/11111111-3f0e-4c83-9a4b-0d9d8c8f3c11/providers/)"
       R"(Microsoft.Security/pricings/AI",)",
       "its id is '/subscriptions/11111111-"},
      {"another plan", R"("id":")" + id + R"(VirtualMachines",)", "its id is"},
      {"more behind it", R"("id":")" + id + R"(AI/x",)", "its id is"},
      {"a name of another plan", R"("name":"Containers",)", "its name is 'Containers' instead"},
      {"another type", R"("type":"Microsoft.Compute/disks",)", "its type is"},
      {"an id that is no text", R"("id":7,)", "its id is '7'"},
      {"an empty id", R"("id":"",)", "its id is ''"},
      {"a second id", R"("id":")" + id + R"(AI","ID":"x",)", "its id is 'x'"},
      {"an id that would forge a log line", R"("id":"a\nb",)", "its id is 'a b'"},
  };
  for (const AboutCase& test : cases) {
    SCOPED_TRACE(test.description);
    const std::string text = "{" + test.members + R"("properties":{"pricingTier":"Free"}})";
    const auto result = decode_pricing(text, PricingId{asked, kDeclaredPlan});
    EXPECT_EQ(result.has_value(), std::string_view(test.problem).empty());
    if (!result) {
      EXPECT_NE(result.error().message.find(test.problem), std::string::npos)
          << result.error().message;
    }
    EXPECT_TRUE(decode_pricing(text)) << "nobody asked for anything";
  }
}

}  // namespace
}  // namespace defenderd
