#include "server/lines_json.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/time_text.h"
#include "telemetry/samples.h"

namespace defenderd {
namespace {

using nlohmann::json;
using samples::at;

JournalLine line(int minute, std::string result, int since) {
  JournalLine line;
  line.time = format_rfc3339(at(minute));
  line.result = std::move(result);
  line.field = "plan";
  if (since >= 0) line.since = format_rfc3339(at(since));
  return line;
}

json told(const std::vector<JournalLine>& newest_first) {
  JsonWriter writer;
  writer.begin_object();
  write_history(writer, newest_first);
  writer.end_object();
  return json::parse(writer.take())["history"];
}

TEST(LinesJson, LinesAboutOneDriftTellOfEachOther) {
  JournalLine actor = line(12, "attributed", 10);
  actor.actor_kind = "user";
  actor.actor = "eve";
  actor.happened = format_rfc3339(at(8));
  const json told_lines = told({actor, line(11, "applied", 10), line(10, "withheld", 10),
                                line(5, "applied", 4), line(1, "finding", -1)});
  ASSERT_EQ(told_lines.size(), 5U);
  EXPECT_EQ(told_lines[0]["durationSeconds"], 180) << "from the write in Azure to the correction";
  EXPECT_EQ(told_lines[1]["durationSeconds"], 180);
  EXPECT_EQ(told_lines[1]["actor"], "eve");
  EXPECT_EQ(told_lines[1]["actorKind"], "user");
  EXPECT_EQ(told_lines[2]["actor"], "eve");
  EXPECT_FALSE(told_lines[2].contains("durationSeconds")) << "it lasted";
  EXPECT_EQ(told_lines[3]["durationSeconds"], 60);
  EXPECT_FALSE(told_lines[3].contains("actor")) << "another drift";
  EXPECT_FALSE(told_lines[4].contains("durationSeconds"));
  actor.actors = {"eve", "mallory"};
  EXPECT_EQ(told({actor})[0]["actors"], json({"eve", "mallory"}));
}

TEST(LinesJson, ADriftThatLastsHasNoDuration) {
  const json told_lines = told({line(12, "attributed", 10), line(10, "withheld", 10)});
  EXPECT_FALSE(told_lines[0].contains("durationSeconds"));
}

TEST(LinesJson, AClockThatWasSetBackMakesNoNegativeDuration) {
  EXPECT_EQ(told({line(5, "ended", 10)})[0]["durationSeconds"], 0);
}

}  // namespace
}  // namespace defenderd
