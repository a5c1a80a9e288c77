#include "core/ai_account.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace defenderd {
namespace {

ModelDeployment deployment(const std::string& policy) {
  ModelDeployment result;
  result.name = "gpt";
  result.format = "OpenAI";
  result.policy = policy;
  result.provisioning = "Succeeded";
  result.state = "Running";
  result.chats = true;
  return result;
}

ContentPolicy policy(const std::string& name, std::vector<ContentFilter> filters) {
  return {name, std::move(filters), {}};
}

TEST(FilterVerdict, IsWhatTheTableSays) {
  using enum FilterVerdict;
  const ContentFilter on{"Jailbreak", "Prompt", true, true};
  const ContentFilter off{"Jailbreak", "Prompt", false, false};
  const std::vector<ContentPolicy> policies{
      policy("on", {{"Hate", "Prompt", true, true}, on}),
      policy("annotate", {{"Jailbreak", "Prompt", true, false}}),
      policy("enabled-only", {{"Jailbreak", "Prompt", true, std::nullopt}}),
      policy("off", {off}),
      policy("blocking-but-off", {{"Jailbreak", "Prompt", false, true}}),
      policy("only-completion", {{"Jailbreak", "Completion", true, true}}),
      policy("completion-off", {{"Jailbreak", "Completion", false, false}, on}),
      policy("twice", {off, on}),
      policy("silent", {{"Jailbreak", "Prompt", std::nullopt, true}}),
      policy("others", {{"Hate", "Prompt", false, false}}),
      policy("empty", {}),
      policy("indirect", {{"Indirect Attack", "Prompt", true, true}}),
      policy("lower", {{"jailbreak", "prompt", false, false}}),
      policy("spaced", {{"Jail break", "PROMPT", true, true}}),
      policy("underlined", {{"JAIL_BREAK", "Prompt", false, false}}),
      policy("Microsoft.DefaultV2", {on}),
  };
  const struct {
    const char* policy;
    FilterVerdict expected;
  } cases[] = {
      {"on", Shielded},
      {"ON", Shielded},
      {"annotate", AnnotateOnly},
      {"enabled-only", Shielded},
      {"off", OptedOut},
      {"blocking-but-off", OptedOut},
      {"only-completion", Unknown},
      {"completion-off", Shielded},
      {"twice", Shielded},
      {"silent", Unknown},
      {"others", Unknown},
      {"empty", Unknown},
      {"indirect", Unknown},
      {"lower", OptedOut},
      {"spaced", Shielded},
      {"underlined", OptedOut},
      {"microsoft.defaultv2", Shielded},
      {"Microsoft.Nil", OptedOut},
      {"microsoft.nill", OptedOut},
      {"Microsoft.Default", Unknown},
      {"gone", Unknown},
      {"", Unknown},
  };
  for (const auto& [name, expected] : cases)
    EXPECT_EQ(judge(deployment(name), policies), expected) << name;
}

TEST(FilterVerdict, DoesNotApplyWhereDefenderReadsNothing) {
  const std::vector<ContentPolicy> policies{policy("off", {{"Jailbreak", "Prompt", false, false}})};
  const auto with = [&](auto change) {
    ModelDeployment one = deployment("off");
    change(one);
    return judge(one, policies);
  };
  using enum FilterVerdict;
  EXPECT_EQ(with([](ModelDeployment& it) { it.format = "DeepSeek"; }), NotApplicable);
  EXPECT_EQ(with([](ModelDeployment& it) { it.format = ""; }), NotApplicable);
  EXPECT_EQ(with([](ModelDeployment& it) { it.format = "openai"; }), OptedOut);
  EXPECT_EQ(with([](ModelDeployment& it) { it.chats = false; }), NotApplicable);
  EXPECT_EQ(with([](ModelDeployment& it) { it.chats.reset(); }), OptedOut);
  EXPECT_EQ(with([](ModelDeployment& it) { it.state = "Paused"; }), NotApplicable);
  EXPECT_EQ(with([](ModelDeployment& it) { it.state = ""; }), OptedOut);
  EXPECT_EQ(with([](ModelDeployment& it) { it.provisioning = "Creating"; }), NotApplicable);
  EXPECT_EQ(with([](ModelDeployment& it) { it.provisioning = ""; }), OptedOut);
  EXPECT_EQ(with([](ModelDeployment& it) { it.policy = "Microsoft.Nil", it.format = "Anthropic"; }),
            NotApplicable);
}

TEST(AiKind, IsOneOfTwoInAnyCase) {
  for (const char* const kind : {"OpenAI", "openai", "AIServices", "aiservices"})
    EXPECT_TRUE(is_ai_kind(kind)) << kind;
  for (const char* const kind : {"", "Face", "Bing.Search", "OpenAI2"})
    EXPECT_FALSE(is_ai_kind(kind)) << kind;
}

}  // namespace
}  // namespace defenderd
