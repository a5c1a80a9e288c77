// The scripts and the manual page that are made from the options. completion_agrees loads the real
// ones into the shells.

#include "cli/completion.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "app/build_info.h"
#include "cli/command_app.h"
#include "cli/man_page.h"
#include "source_dir.h"

namespace defenderd {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

ProgramModel sample() {
  ProgramModel model;
  model.program = {"defenderd", "keeps", "", {{.names = {"-h", "--help"}, .help = "print help"}}};
  CommandModel show{"show", "it's [odd]: 100%",
                    "Examples:\n  defenderd show --like 'a*'\nExit: 0."};
  show.options = {{.names = {"-o", "--output"},
                   .value = "FORM",
                   .choices = {"table", "json"},
                   .usual = "table",
                   .help = "how"},
                  {.names = {"--file"}, .value = "FILE", .help = ".hidden or a\\b"},
                  {.names = {"--like"}, .value = "TEXT", .help = "what", .repeatable = true},
                  {.names = {"--all"}, .help = "everything"}};
  show.arguments = {{.value = "WHAT", .choices = {"one", "two"}, .required = true}};
  model.commands = {show};
  return model;
}

TEST(Completion, OfBashKnowsWhatFollowsAnOption) {
  EXPECT_THAT(bash_completion(sample()),
              AllOf(HasSubstr("'show -o' | 'show --output') words='table json' ;;"),
                    HasSubstr("'show --file') files=yes ;;"), HasSubstr("'show --like') return ;;"),
                    HasSubstr("'') words='show --help' ;;"),
                    HasSubstr("show) words='one two --output --file --like --all' ;;")));
}

TEST(Completion, OfZshEscapesWhatMeansSomethingToIt) {
  EXPECT_THAT(zsh_completion(sample()),
              AllOf(HasSubstr(R"('show:it'\''s [odd]\: 100%')"),
                    HasSubstr("'(-o --output)'{-o,--output}'[how]:FORM:(table json)'"),
                    HasSubstr(R"('--file[.hidden or a\\b]:FILE:_files')"),
                    HasSubstr("'*--like[what]:TEXT: '"), HasSubstr("':WHAT:(one two)'")));
}

TEST(Completion, OfFishEscapesWhatMeansSomethingToIt) {
  EXPECT_THAT(fish_completion(sample()),
              AllOf(HasSubstr(R"(-n __fish_use_subcommand -a show -d 'it\'s [odd]: 100%')"),
                    HasSubstr(" -s o -l output -x -a 'table json' -d 'how'\n"),
                    HasSubstr(" -l file -r -F -d "), HasSubstr(" -l all -d 'everything'\n")));
}

TEST(ManPage, EscapesWhatMeansSomethingToRoff) {
  const std::string page = man_page(sample(), "1.2.3");
  EXPECT_THAT(page, AllOf(HasSubstr(".SS \"defenderd show WHAT\"\n"),
                          HasSubstr("\\fB\\-o\\fR, \\fB\\-\\-output\\fR \\fIFORM\\fR\nHow.\n"
                                    "One of: table, json.\nDefault: table.\n"),
                          HasSubstr("\n\\&.hidden or a\\eb.\n"),
                          HasSubstr("\n.EX\ndefenderd show \\-\\-like 'a*'\n.EE\n"),
                          HasSubstr("\"defenderd 1.2.3\"")));
}

// deploy/openapi.json is written by hand.
TEST(OpenApi, HasTheVersionOfTheProgram) {
  std::ifstream file(DEFENDERD_SOURCE_DIR "/deploy/openapi.json");
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  EXPECT_THAT(text, HasSubstr("\"version\": \"" + std::string(kVersion) + "\","));
}

// What the program really has.
TEST(CommandModel, HasEveryCommandAndWhatItsOptionsTake) {
  CommandLine line;
  const ProgramModel model = model_of(*make_app(line));
  const auto find = [&](const std::string& name) {
    for (const CommandModel& command : model.commands) {
      if (command.name == name) return command;
    }
    return CommandModel{};
  };
  EXPECT_THAT(names_of(model.commands),
              AllOf(HasSubstr("run check diff apply"), Not(HasSubstr("man"))));
  const auto option = [&](const std::string& command, const std::string& name) {
    for (const OptionModel& each : find(command).options) {
      if (each.names.back() == name) return each;
    }
    return OptionModel{};
  };
  EXPECT_TRUE(option("diff", "--observe").is_flag());
  EXPECT_TRUE(option("diff", "--config").takes_path());
  EXPECT_EQ(option("diff", "--config").usual, "/etc/defenderd/defenderd.yaml");
  EXPECT_FALSE(option("apply", "--max").takes_path());
  EXPECT_TRUE(option("apply", "--only").repeatable);
  EXPECT_FALSE(option("apply", "--max").repeatable);
  EXPECT_TRUE(option("thaw", "--reason").required);
  EXPECT_EQ(option("check", "--output").choices,
            (std::vector<std::string>{"table", "json", "github"}));
  EXPECT_EQ(option("import", "--output").choices, std::vector<std::string>{});
  EXPECT_THAT(find("help").arguments.front().choices, testing::Contains("apply"));
}

}  // namespace
}  // namespace defenderd
