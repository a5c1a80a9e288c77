#include "base/json_writer.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>

namespace defenderd {
namespace {

TEST(JsonWriter, WritesNestedValues) {
  JsonWriter json;
  json.begin_object();
  json.member("text", "a");
  json.member("number", 42);
  json.member("on", true);
  json.member("absent", std::optional<std::string>());
  json.key("list");
  json.begin_array();
  json.value(1);
  json.begin_object();
  json.end_object();
  json.null();
  json.begin_array();
  json.end_array();
  json.end_array();
  json.member("last", "z");
  json.end_object();
  EXPECT_EQ(json.take(),
            R"({"text":"a","number":42,"on":true,"absent":null,"list":[1,{},null,[]],"last":"z"})");
  json.begin_array();
  json.end_array();
  EXPECT_EQ(json.take(), "[]");
}

TEST(JsonWriter, EscapesWhatTerminalsObey) {
  JsonWriter json;
  json.value(
      "a\xC2\x9B"
      "31m\xC2\xA0\xE2\x80\xAE\xE2\x81\xA6\xE2\x80\xA7\xE2\x82\xAC\xC3\x9B");
  EXPECT_EQ(json.take(), "\"a\\u009b31m\xC2\xA0\\u202e\\u2066\xE2\x80\xA7\xE2\x82\xAC\xC3\x9B\"");
}

TEST(JsonWriter, EscapesWhatJsonCannotHold) {
  JsonWriter json;
  json.value("\"\\\n\t\x01\x7F</script>\xC3\xA9\xF0\x9F\x98\x80");
  EXPECT_EQ(json.take(), R"("\"\\\n\u0009\u0001\u007f</script>)"
                         "\xC3\xA9\xF0\x9F\x98\x80\"");
}

TEST(JsonWriter, ReplacesMalformedText) {
  JsonWriter json;
  json.value("a\xFF\xC3");
  EXPECT_EQ(json.take(), R"("a??")");
}

}  // namespace
}  // namespace defenderd
