// What a command line means, and what is said of one that means nothing.

#include "cli/options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <string>
#include <vector>

namespace defenderd {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

using Parsed = Result<CommandLine, EarlyExit>;

Parsed parse(const std::vector<std::string>& words) {
  std::vector<const char*> argv{"defenderd"};
  for (const std::string& word : words) argv.push_back(word.c_str());
  return parse_command_line(static_cast<int>(argv.size()), argv.data());
}

// For the time of a test.
class Variable {
 public:
  Variable(const char* name, const char* value) : name_(name) { setenv(name, value, 1); }
  ~Variable() { unsetenv(name_); }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;

 private:
  const char* name_;
};

TEST(Options, WhatIsWrongIsSaidInPlainWords) {
  struct Case {
    std::string what;
    std::vector<std::string> words;
    std::string error;
    std::string where = "defenderd --help";
  };
  const std::vector<Case> cases{
      {"a typo of an option",
       {"diff", "--conifg", "x"},
       "unknown option --conifg; did you mean --config?",
       "defenderd diff --help"},
      {"an option that is nothing like another",
       {"run", "--frobnicate"},
       "unknown option --frobnicate",
       "defenderd run --help"},
      {"an option with a value",
       {"diff", "--desird=x"},
       "unknown option --desird; did you mean --desired?",
       "defenderd diff --help"},
      {"an option of another command",
       {"apply", "--from", "x"},
       "apply has no option --from",
       "defenderd apply --help"},
      {"a typo of a command", {"aply"}, "unknown command aply; did you mean apply?"},
      {"a command that is nothing like another", {"frobnicate"}, "unknown command frobnicate"},
      {"an option before the command",
       {"--config", "x", "run"},
       "the option --config goes after the command run",
       "defenderd run --help"},
      {"an option and no command",
       {"--config", "x"},
       "the option --config goes after a command, such as run"},
      {"a typo and no command", {"--hepl"}, "unknown option --hepl; did you mean --help?"},
      {"a value is missing",
       {"diff", "--config"},
       "--config needs a value: --config FILE",
       "defenderd diff --help"},
      {"an option twice",
       {"run", "-d", "a", "-d", "b"},
       "--desired is given twice",
       "defenderd run --help"},
      {"both names of an option",
       {"run", "--config=a", "-cb"},
       "--config is given twice",
       "defenderd run --help"},
      {"a flag with a value",
       {"run", "--observe=maybe"},
       "--observe takes no value",
       "defenderd run --help"},
      {"a word too many", {"diff", "prod"}, "unexpected argument prod", "defenderd diff --help"},
      {"an option without its hyphens",
       {"diff", "observe"},
       "unexpected argument observe; did you mean --observe?",
       "defenderd diff --help"},
      {"a form that there is not",
       {"check", "-o", "xml"},
       "--output: expected table, json or github, found xml",
       "defenderd check --help"},
      {"a typo of a form",
       {"report", "--format", "markdwn"},
       "--format: expected csv, markdown, html or json, found markdwn; did you mean markdown?",
       "defenderd report --help"},
      {"a number that is none",
       {"apply", "--max", "few"},
       "--max: expected a number from 1 to 1000000",
       "defenderd apply --help"},
      {"a number that is too small",
       {"apply", "--max", "0"},
       "--max: expected a number from 1 to 1000000",
       "defenderd apply --help"},
      {"two that exclude each other",
       {"freeze", "--reason", "x", "--until", "2026-12-24T00:00:00Z", "--for", "4h"},
       "--until cannot be used together with --for",
       "defenderd freeze --help"},
      {"a required option", {"thaw"}, "--reason is required", "defenderd thaw --help"},
      {"a required argument", {"completion"}, "SHELL is required", "defenderd completion --help"},
      {"a shell that is not known",
       {"completion", "ksh"},
       "SHELL: expected bash, zsh or fish, found ksh; did you mean zsh?",
       "defenderd completion --help"},
      {"help about nothing", {"help", "dif"}, "unknown command dif; did you mean diff?"},
  };
  for (const Case& each : cases) {
    const Parsed parsed = parse(each.words);
    ASSERT_FALSE(parsed) << each.what;
    EXPECT_EQ(parsed.error().code, 2) << each.what;
    EXPECT_EQ(parsed.error().text, "defenderd: " + each.error + "\nsee " + each.where + "\n")
        << each.what;
  }
}

TEST(Options, WhatMayBeASecretIsNotRepeated) {
  const std::vector<std::vector<std::string>> lines{
      {"run", "S3cr3t-value"},           {"S3cr3t-value"},
      {"run", "--S3cr3t-value"},         {"run", "--client-secret", "hunter"},
      {"run", "--client-secret=hunter"}, {"check", "-o", "S3cr3t-value"},
      {"help", "S3cr3t-value"},
  };
  for (const auto& words : lines) {
    const Parsed parsed = parse(words);
    ASSERT_FALSE(parsed);
    EXPECT_EQ(parsed.error().code, 2);
    EXPECT_THAT(parsed.error().text, AllOf(Not(HasSubstr("S3cr3t")), Not(HasSubstr("hunter")),
                                           StartsWith("defenderd: ")));
  }
}

TEST(Options, NoArgumentIsHelp) {
  const Parsed alone = parse({});
  ASSERT_FALSE(alone);
  EXPECT_EQ(alone.error().code, 0);
  EXPECT_THAT(alone.error().text, AllOf(HasSubstr("Subcommands:"), HasSubstr("\n  run ")));
  EXPECT_EQ(parse({"help"}).error().text, alone.error().text);
  EXPECT_EQ(parse({"--help"}).error().text, alone.error().text);
  EXPECT_THAT(alone.error().text, Not(HasSubstr("\n  man "))) << "the build's own";
}

TEST(Options, HelpOfACommandIsThatOfItsOption) {
  for (const char* const command : {"run", "apply", "report", "help", "completion"}) {
    const Parsed help = parse({"help", command});
    ASSERT_FALSE(help);
    EXPECT_EQ(help.error().code, 0);
    EXPECT_EQ(help.error().text, parse({command, "--help"}).error().text);
    EXPECT_THAT(help.error().text, HasSubstr("Usage: defenderd " + std::string(command)));
  }
}

TEST(Options, OnlyTheMainHelpEndsWithItsFooter) {
  const auto help_about = [](const char* command) { return parse({"help", command}).error().text; };
  EXPECT_THAT(parse({"--help"}).error().text, HasSubstr("Credentials come from"));
  for (const char* const command : {"version", "run", "help"})
    EXPECT_THAT(help_about(command), Not(HasSubstr("Credentials come from"))) << command;
}

TEST(Options, TheFilesHaveShortForms) {
  const Parsed line = parse({"check", "-c", "a.yaml", "-d", "b"});
  ASSERT_TRUE(line);
  EXPECT_EQ(line->config_path, "a.yaml");
  EXPECT_EQ(line->desired_path, "b");
  EXPECT_TRUE(line->config_given && line->desired_given);
  for (const char* const command :
       {"run", "diff", "apply", "findings", "import", "journal", "healthcheck", "report"})
    EXPECT_EQ(parse({command, "-c", "a.yaml"})->config_path, "a.yaml") << command;
  EXPECT_EQ(parse({"thaw", "--reason", "x", "-c", "a.yaml"})->config_path, "a.yaml");
}

TEST(Options, AThawNamesFreezesOrEndsAll) {
  const auto some =
      parse({"thaw", "--reason", "x", "--freeze", "1a2b3c4d", "--freeze", "year-end"});
  ASSERT_TRUE(some);
  EXPECT_EQ(some->order.freezes, (std::vector<std::string>{"1a2b3c4d", "year-end"}));
  EXPECT_FALSE(some->order.all);
  EXPECT_TRUE(parse({"thaw", "--reason", "x", "--all"})->order.all);
  EXPECT_FALSE(parse({"thaw", "--reason", "x", "--all", "--freeze", "year-end"}));
}

TEST(Options, TheEnvironmentNamesTheFilesAndAnOptionWins) {
  EXPECT_EQ(parse({"check"})->config_path, "/etc/defenderd/defenderd.yaml");
  EXPECT_FALSE(parse({"check"})->config_given);
  const Variable config("DEFENDERD_CONFIG", "env.yaml");
  const Variable desired("DEFENDERD_DESIRED", "");
  const Parsed named = parse({"check"});
  EXPECT_EQ(named->config_path, "env.yaml");
  EXPECT_TRUE(named->config_given);
  EXPECT_EQ(named->desired_path, "/etc/defenderd/subscriptions.yaml") << "empty is none";
  EXPECT_FALSE(named->desired_given);
  EXPECT_EQ(parse({"check", "--config", "mine.yaml"})->config_path, "mine.yaml");
  EXPECT_EQ(parse({"import"})->config_path, "env.yaml");
  EXPECT_THAT(parse({"run", "--help"}).error().text,
              AllOf(HasSubstr("=/etc/defenderd/defenderd.yaml"), HasSubstr("$DEFENDERD_CONFIG")));
  const Variable line("DEFENDERD_CONFIG", "env.yaml\r\n");
  EXPECT_EQ(parse({"check"})->config_path, "env.yaml") << "a line end comes from a file";
}

TEST(Options, ADryRunIsADiff) {
  EXPECT_EQ(parse({"apply", "--dry-run"})->command, Command::Diff);
  EXPECT_EQ(parse({"apply", "--max", "3"})->max, 3U);
  const Parsed markdown = parse({"diff", "-o", "markdown"});
  ASSERT_FALSE(markdown);
  EXPECT_THAT(markdown.error().text, HasSubstr("-o markdown needs --from"));
}

}  // namespace
}  // namespace defenderd
