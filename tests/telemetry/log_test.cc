#include "telemetry/log.h"

#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

#include "base/scrub.h"
#include "support/fake_clock.h"

namespace defenderd {
namespace {

class LogTest : public testing::Test {
 protected:
  Logger make(LogLevel level, LogStyle style) {
    return {level, style, clock_, [this](std::string_view line) { lines_.emplace_back(line); }};
  }

  FakeClock clock_;
  std::vector<std::string> lines_;
};

TEST_F(LogTest, TextIsForPeople) {
  Logger log = make(LogLevel::Info, LogFormat::Text);
  log.log(LogLevel::Info, log_event::kCorrected, "chat-prod promptEvidence: off -> on",
          {{log_key::kName, "chat-prod"},
           {log_key::kTo, "on"},
           {log_key::kResult, "applied"},
           {log_key::kArmCode, ""},
           {log_key::kFile, "say \"no\""}});
  log.log(LogLevel::Error, log_event::kStopped, "bye");
  EXPECT_EQ(lines_, (std::vector<std::string>{
                        "2026-01-01T00:00:00.000Z INFO  corrected  chat-prod promptEvidence: off "
                        "-> on  result=applied file=\"say \\\"no\\\"\"",
                        "2026-01-01T00:00:00.000Z ERROR stopped  bye"}));
}

TEST_F(LogTest, JsonIsOneObjectALine) {
  Logger log = make(LogLevel::Info, LogFormat::Json);
  log.log(LogLevel::Warn, log_event::kFailed, "a \"b\"",
          {{log_key::kReason, "Throttled"}, {log_key::kArmCode, ""}});
  EXPECT_EQ(lines_, (std::vector<std::string>{
                        R"({"time":"2026-01-01T00:00:00.000Z","level":"warn","event":"failed",)"
                        R"("message":"a \"b\"","reason":"Throttled"})"}));
}

TEST_F(LogTest, ATextHasTheIdsOfRequestsOnlyIfAsked) {
  for (const LogStyle style :
       {LogStyle(LogFormat::Text), LogStyle(LogFormat::Text, true), LogStyle(LogFormat::Json)}) {
    Logger log = make(LogLevel::Info, style);
    log.log(LogLevel::Info, log_event::kCorrected, "plan: off -> on",
            {{log_key::kResult, "applied"},
             {log_key::kRequestId, "r-1"},
             {log_key::kCorrelationId, "c-2"},
             {log_key::kClientRequestId, "d-3"}});
  }
  EXPECT_EQ(lines_, (std::vector<std::string>{
                        "2026-01-01T00:00:00.000Z INFO  corrected  plan: off -> on  result=applied",
                        "2026-01-01T00:00:00.000Z INFO  corrected  plan: off -> on  result=applied "
                        "request_id=r-1 correlation_id=c-2 client_request_id=d-3",
                        R"({"time":"2026-01-01T00:00:00.000Z","level":"info","event":"corrected",)"
                        R"("message":"plan: off -> on","result":"applied","request_id":"r-1",)"
                        R"("correlation_id":"c-2","client_request_id":"d-3"})"}));
}

TEST_F(LogTest, JournaldGetsThePriorityAndAddsTheTime) {
  Logger log = make(LogLevel::Debug, LogFormat::Journald);
  for (const LogLevel level : {LogLevel::Debug, LogLevel::Info, LogLevel::Warn, LogLevel::Error})
    log.log(level, log_event::kFailed, "a\nb", {{log_key::kReason, "Forbidden"}});
  EXPECT_EQ(lines_, (std::vector<std::string>{"<7>DEBUG failed  a b  reason=Forbidden",
                                              "<6>INFO  failed  a b  reason=Forbidden",
                                              "<4>WARN  failed  a b  reason=Forbidden",
                                              "<3>ERROR failed  a b  reason=Forbidden"}));
}

TEST_F(LogTest, TextFromOutsideCannotForgeALine) {
  for (const LogFormat format : {LogFormat::Text, LogFormat::Json, LogFormat::Journald}) {
    Logger log = make(LogLevel::Info, format);
    log.log(LogLevel::Info, log_event::kBug, "a\n2026 INFO forged\x1B[31m",
            {{log_key::kName, "x\r\nforged"}, {log_key::kReason, "{}%v\xFF"}});
  }
  ASSERT_EQ(lines_.size(), 3U);
  for (const std::string& line : lines_) {
    EXPECT_EQ(line.find_first_of("\r\n\x1B\xFF"), std::string::npos) << line;
    EXPECT_NE(line.find("{}%v?"), std::string::npos) << line;
  }
}

TEST_F(LogTest, AMessageCannotForgeFields) {
  Logger log = make(LogLevel::Info, LogFormat::Text);
  log.log(LogLevel::Info, log_event::kWithheld, "  prod  result=applied   request_id=r  (x)",
          {{log_key::kResult, "withheld"}});
  EXPECT_EQ(lines_, std::vector<std::string>{"2026-01-01T00:00:00.000Z INFO  withheld  prod "
                                             "result=applied request_id=r (x)  result=withheld"});
}

TEST_F(LogTest, NoSecretLeaves) {
  remember_secret(Secret("L0gged~Secret"));
  for (const LogFormat format : {LogFormat::Text, LogFormat::Json}) {
    Logger log = make(LogLevel::Info, format);
    log.log(LogLevel::Info, log_event::kBug, "sent L0gged~Secret",
            {{log_key::kFile, "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJtZSJ9.c2ln"},
             {log_key::kArmCode, "L0gged%7ESecret"}});
  }
  for (const std::string& line : lines_) {
    EXPECT_EQ(line.find("L0gged"), std::string::npos) << line;
    EXPECT_EQ(line.find("eyJ"), std::string::npos) << line;
    EXPECT_NE(line.find("sent [redacted]"), std::string::npos) << line;
  }
}

TEST_F(LogTest, LevelChangesAtRunTime) {
  Logger log = make(LogLevel::Info, LogFormat::Text);
  log.log(LogLevel::Debug, log_event::kRetry, "hidden");
  EXPECT_FALSE(log.enabled(LogLevel::Debug));
  log.set_level(LogLevel::Debug);
  log.log(LogLevel::Debug, log_event::kInSync, "shown");
  log.set_level(LogLevel::Error);
  log.log(LogLevel::Warn, log_event::kFailed, "hidden");
  EXPECT_EQ(lines_, std::vector<std::string>{"2026-01-01T00:00:00.000Z DEBUG in_sync  shown"});
}

TEST_F(LogTest, LinesOfThreadsDoNotMix) {
  Logger log = make(LogLevel::Info, LogFormat::Json);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 100; ++i) log.log(LogLevel::Info, log_event::kBug, "message");
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(lines_.size(), 400U);
}

}  // namespace
}  // namespace defenderd
