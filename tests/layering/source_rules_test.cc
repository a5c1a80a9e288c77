// Shows that each rule bites: samples that break it, and samples that come close and do not.

#include "layering/source_rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace layering {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

struct Sample {
  const char* path;
  const char* source;
  const char* message;  // a part of what is said about it
};

TEST(SourceRules, RefuseBadSamples) {
  const std::vector<Sample> samples{
      {"daemon/base/a.cc", "#include \"core/ids.h\"\n", "base may not include"},
      {"daemon/core/a.cc", "#include \"desired/settings.h\"\n", "core may not include"},
      {"daemon/core/a.cc", "#include \"net/http.h\"\n", "core may not include"},
      {"daemon/desired/a.cc", "#include \"net/http.h\"\n", "desired may not include"},
      {"daemon/arm/a.cc", "#include \"desired/settings.h\"\n", "arm may not include"},
      {"daemon/arm/a.cc", "#include \"reconcile/work_queue.h\"\n", "arm may not include"},
      {"daemon/reconcile/a.cc", "#include \"net/http.h\"\n", "reconcile may not include"},
      {"daemon/reconcile/a.cc", "#include \"telemetry/log.h\"\n", "reconcile may not include"},
      {"daemon/telemetry/a.cc", "#include \"reconcile/sweep.h\"\n", "telemetry may not include"},
      {"daemon/server/a.cc", "#include \"reconcile/sweep.h\"\n", "server may not include"},
      {"daemon/server/a.cc", "#include \"app/daemon.h\"\n", "server may not include"},
      {"daemon/net/a.cc", "#include \"core/ids.h\"\n", "net may not include"},
      {"daemon/identity/a.cc", "#include \"arm/throttle.h\"\n", "identity may not include"},
      {"daemon/app/a.cc", "#include \"cli/options.h\"\n", "app may not include"},
      {"daemon/main.cc", "#include \"core/ids.h\"\n", "main may not include"},
      {"daemon/core/a.cc", "#include \"ids.h\"\n", "not named from daemon/"},
      {"daemon/core/a.cc", "#include \"../core/ids.h\"\n", "not named from daemon/"},
      {"daemon/core/a.cc", "#include \"support/fake_clock.h\"\n", "core may not include"},

      {"daemon/base/a.cc", "#include <sys/socket.h>\n", "only std"},
      {"daemon/core/a.cc", "#include <unistd.h>\n", "only std"},
      {"daemon/base/a.cc", "#include <spdlog/spdlog.h>\n", "only std"},
      {"daemon/core/a.cc", "#include <nlohmann/json.hpp>\n", "only std"},
      {"daemon/core/a.cc", "#include <mutex>\n", "no thread, file or clock"},
      {"daemon/core/a.h", "#pragma once\n#include <thread>\n", "no thread, file or clock"},
      {"daemon/core/a.cc", "#include <fstream>\n", "no thread, file or clock"},
      {"daemon/arm/a.cc", "#include <yaml-cpp/yaml.h>\n", "arm may not include"},
      {"daemon/app/a.cc", "#include <yaml-cpp/yaml.h>\n", "app may not include"},
      {"daemon/app/a.cc", "#include <httplib.h>\n", "app may not include"},
      {"daemon/telemetry/a.cc", "#include <httplib.h>\n", "telemetry may not include"},
      {"daemon/server/a.cc", "#include <prometheus/registry.h>\n", "server may not include"},
      {"daemon/server/a.cc", "#include <CLI/CLI.hpp>\n", "server may not include"},
      {"daemon/server/a.cc", "#include <simdjson.h>\n", "server may not include"},
      {"daemon/arm/a.cc", "#include <simdjson.h>\n", "arm may not include"},
      {"daemon/identity/a.cc", "#include <nlohmann/json.hpp>\n", "identity may not include"},
      {"daemon/arm/a.cc", "#include <boost/any.hpp>\n", "no known library"},
      {"daemon/arm/a.cc", "#include <httplib.h>\n", "arm may not include"},
      {"daemon/app/a.cc", "#include <CLI/CLI.hpp>\n", "app may not include"},
      {"daemon/net/a.h", "#pragma once\n#include <httplib.h>\n", "a header may not include"},
      {"daemon/telemetry/a.h", "#pragma once\n#include <nlohmann/json.hpp>\n", "a header may not"},
      {"daemon/net/a.cc", "#include <httplib.h>\n", "httplib_client.cc"},
      {"daemon/server/a.cc", "#include <httplib.h>\n", "listener.cc alone"},
      {"daemon/desired/a.h", "#pragma once\n#include <yaml-cpp/yaml.h>\n", "a header may not"},
      {"daemon/app/a.h", "#pragma once\n#include <spdlog/logger.h>\n", "a header may not"},
      {"daemon/telemetry/a.h", "#pragma once\n#include <prometheus/gauge.h>\n", "a header may not"},

      {"daemon/arm/a.cc", "#include <regex>\n", "a stack frame for each letter"},
      {"daemon/server/a.cc", "const std::regex pattern(\"a*\");\n",
       "a stack frame for each letter"},
      {"daemon/arm/a.cc", "auto x = std::getenv(\"X\");\n", "getenv belongs to cli/"},
      {"daemon/base/a.cc", "void f() { std::exit(1); }\n", "exit belongs to cli/"},
      {"daemon/server/a.cc", "void f() { ::signal(2, g); }\n", "signal belongs to cli/"},
      {"daemon/core/a.cc", "auto t = std::chrono::system_clock::now();\n", "take a Clock"},
      {"daemon/app/a.cc", "auto t = std::chrono::steady_clock::now();\n", "take a Clock"},
      {"daemon/arm/a.cc", "auto t = time(nullptr);\n", "take a Clock"},
      {"daemon/base/a.cc", "void f() { std::this_thread::sleep_for(1s); }\n", "take a Clock"},
      {"daemon/arm/a.cc", "std::mutex mutex;\n", "std::mutex is not checked by clang"},
      {"daemon/base/a.cc", "const std::scoped_lock lock(mutex_);\n", "use Mutex and MutexLock"},
      {"daemon/core/a.h", "#pragma once\nauto f(const C& c) { return c.wall_now(); }\n",
       "core/ is given it"},
      {"daemon/core/a.h", "#include <string>\n", "no #pragma once"},
  };
  for (const Sample& sample : samples) {
    const auto violations = check_source(sample.path, sample.source);
    ASSERT_EQ(violations.size(), 1U) << sample.path << ": " << sample.source;
    EXPECT_THAT(violations[0].message, HasSubstr(sample.message));
    EXPECT_EQ(violations[0].path, sample.path);
  }
}

TEST(SourceRules, AcceptGoodSamples) {
  const std::vector<Sample> samples{
      {"daemon/core/a.cc",
       "#include \"core/ids.h\"\n#include \"base/clock.h\"\n#include <string>\n", ""},
      {"daemon/arm/a.h", "#pragma once\n#include \"reconcile/plan_store.h\"\n", ""},
      {"daemon/base/mutex.h", "#pragma once\nstd::mutex mutex_;\n", ""},
      {"daemon/arm/a.cc", "const MutexLock lock(mutex_);\n", ""},
      {"daemon/arm/b.h", "#pragma once\n#include \"reconcile/subscription_source.h\"\n", ""},
      {"daemon/net/httplib_client.cc", "#include <httplib.h>\n#include \"base/text.h\"\n", ""},
      {"daemon/arm/a.cc", "#include \"identity/token.h\"\n#include <openssl/evp.h>\n", ""},
      {"daemon/net/a.cc", "#include <openssl/ssl.h>\n#include <sys/socket.h>\n", ""},
      {"daemon/server/listener.cc", "#include <httplib.h>\n#include \"telemetry/log.h\"\n", ""},
      {"daemon/desired/a.cc", "#include <yaml-cpp/parser.h>\n#include <fstream>\n", ""},
      {"daemon/telemetry/metrics.h", "#pragma once\n#include <prometheus/counter.h>\n", ""},
      {"daemon/cli/a.cc",
       "#include \"app/daemon.h\"\n#include <CLI/CLI.hpp>\nauto x = getenv(\"X\");\n", ""},
      {"daemon/main.cc", "#include \"cli/commands.h\"\nint main() { std::exit(0); }\n", ""},
      {"daemon/base/a.cc", "#include <fcntl.h>\n#include <sys/stat.h>\n#include <unistd.h>\n", ""},
      {"daemon/base/clock.cc", "auto t = std::chrono::system_clock::now();\n", ""},
      {"daemon/base/clock.h", "#pragma once\nvirtual WallTime wall_now() const = 0;\n", ""},
      {"daemon/arm/a.cc", "// getenv and exit(1) are not called here\nf(\"exit(1)\");\n", ""},
      {"daemon/core/a.h", "#pragma once\nstd::chrono::system_clock::time_point now;\n", ""},
      {"daemon/arm/a.cc", "client.signal(1); on_exit(2); run_time(3);\n", ""},
  };
  for (const Sample& sample : samples) {
    EXPECT_THAT(check_source(sample.path, sample.source), IsEmpty()) << sample.path;
  }
}

TEST(SourceRules, TellTheLine) {
  const auto violations =
      check_source("daemon/core/a.cc", "// one\n/* two\nthree */\n#include \"net/http.h\"\n");
  ASSERT_EQ(violations.size(), 1U);
  EXPECT_EQ(testing::PrintToString(violations[0]),
            "daemon/core/a.cc:4: core may not include \"net/http.h\"");
}

TEST(PlanNameRule, RefusesNamesOutsideTheCatalogue) {
  for (const char* const line :
       {"auto name = \"AI\";", "where name =~ 'ai' ", "/pricings/AI?api-version", "// pricings/AI",
        "// the plan `AI`", "the AI plan is on", "\"AIPromptEvidence\"", "// aimodelscanner",
        "AIPromptSharingWithPurview"}) {
    EXPECT_EQ(check_plan_names("daemon/a/b.cc", line).size(), 1U) << line;
    EXPECT_THAT(check_plan_names("daemon/core/plan_catalog.h", line), IsEmpty());
  }
  for (const char* const line :
       {"Cloud's AI threat protection", "the AI services plan", "\"AI \"", "kAiPolicies",
        "PlanName::Ai", "\"promptEvidence\"", "/air", "'fail'"}) {
    EXPECT_THAT(check_plan_names("daemon/a/b.cc", line), IsEmpty()) << line;
  }
}

TEST(LengthRule, RefusesWhatIsTooLong) {
  const auto lines = [](int count) {
    std::string text;
    for (int i = 0; i < count; ++i) text += "x\n";
    return text;
  };
  EXPECT_THAT(check_length("tests/a.cc", lines(400)), IsEmpty());
  EXPECT_EQ(check_length("tests/a.cc", lines(401)),
            (std::vector<Violation>{{"tests/a.cc", 0, "has 401 lines, more than 400"}}));
}

}  // namespace
}  // namespace layering
