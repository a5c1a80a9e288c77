// `defenderd check` and `defenderd diff --from`: files alone, as a pipeline calls them. No
// credential, no network, no file besides those that are named.

#include <fcntl.h>
#include <gmock/gmock.h>
#include <unistd.h>

#include <filesystem>

#include "e2e/world.h"

namespace defenderd {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

class CheckTest : public World {
 protected:
  CheckTest() {
    write("settings.yaml", settings());
    write("desired.yaml", desired({"id: " + id(1) + ", name: chat, plan: on",
                                   "id: " + id(2) + ", plan: off, mode: observe"}));
  }
  struct Ended {
    int code = -1;
    std::string output;
  };
  static Ended end(std::vector<std::string> arguments) {
    DaemonProcess process(std::move(arguments), {});
    const int code = process.wait_exit().value_or(-1);
    return {code, process.output()};
  }
};

TEST_F(CheckTest, EitherFileAlone) {
  if (fs::exists("/etc/defenderd")) GTEST_SKIP() << "there are files in the usual places";
  const Ended list = end({"check", "--desired", path("desired.yaml")});
  EXPECT_EQ(list.code, 0);
  EXPECT_THAT(list.output,
              StartsWith("valid: " + path("desired.yaml") +
                         " with 2 subscriptions\n"
                         "  subscriptions: 1 enforce, 1 observe; plan on for 1, off for 1\n"
                         "the plan is on for 1 subscription; it is billed"));
  EXPECT_THAT(list.output, HasSubstr("\nnot checked, because it is not there: "
                                     "/etc/defenderd/defenderd.yaml\n"));
  const Ended only_settings = end({"check", "--config", path("settings.yaml")});
  EXPECT_EQ(only_settings.code, 0);
  EXPECT_EQ(only_settings.output, "valid: " + path("settings.yaml") +
                                      "\nnot checked, because it is not there: "
                                      "/etc/defenderd/subscriptions.yaml\n");
  const Ended both =
      end({"check", "--config", path("settings.yaml"), "--desired", path("desired.yaml")});
  EXPECT_EQ(both.code, 0);
  EXPECT_THAT(both.output, StartsWith("valid: " + path("settings.yaml") + ", and " +
                                      path("desired.yaml") + " with 2 subscriptions\n"));
  const Ended none = end({"check"});
  EXPECT_EQ(none.code, 2);
  EXPECT_THAT(none.output,
              AllOf(HasSubstr("/etc/defenderd/defenderd.yaml: no such file; set it with "
                              "--config or DEFENDERD_CONFIG\n"),
                    HasSubstr("/etc/defenderd/subscriptions.yaml: no such file; set it "
                              "with --desired or DEFENDERD_DESIRED\n")));
}

TEST_F(CheckTest, AFileThatIsNamedMustBeThere) {
  for (const std::vector<std::string>& arguments : std::vector<std::vector<std::string>>{
           {"check", "--desired", path("nothing")},
           {"check", "--config", path("nothing")},
           {"check", "--config", path("nothing"), "--desired", path("desired.yaml")},
           {"check", "--config", path("settings.yaml"), "--desired", path("nothing")},
           {"check", "--desired", path("desired.yaml"), "--against", path("nothing")},
           {"diff", "--from", path("desired.yaml"), "--desired", path("nothing")},
           {"diff", "--from", path("nothing"), "--desired", path("desired.yaml")}}) {
    const Ended ended = end(arguments);
    EXPECT_EQ(ended.code, 2) << ended.output;
    EXPECT_THAT(ended.output, HasSubstr(path("nothing") + ": no such file\n"));
  }
}

TEST_F(CheckTest, AnnotatesForGithub) {
  write("bad.yaml", desired({"id: " + id(1) + ", plan: onn", "id: " + id(2) + ", plan: on",
                             "id: " + id(2) + ", plan: on"}));
  const Ended bad = end({"check", "--desired", path("bad.yaml"), "-o", "github"});
  EXPECT_EQ(bad.code, 2);
  EXPECT_THAT(bad.output,
              AllOf(StartsWith("::error file=" + path("bad.yaml") +
                               ",line=5,col=54::subscriptions[0].plan: expected on or off"),
                    HasSubstr("\n::error file=" + path("bad.yaml") +
                              ",line=7,col=10::subscriptions[2].id: duplicate id")));
  write("late.yaml", desired({"id: " + id(1) +
                              ", plan: on, suspend: {until: 2020-01-01T00:00:00Z, reason: x}"}));
  const Ended late = end({"check", "--desired", path("late.yaml"), "-o", "github"});
  EXPECT_EQ(late.code, 0);
  EXPECT_THAT(late.output, AllOf(StartsWith("::warning file=" + path("late.yaml") +
                                            ",line=5::the suspension of " + id(1) + " expired"),
                                 HasSubstr("\nvalid: ")));
}

TEST_F(CheckTest, WhatLooksLikeAPartOfAFolderAndIsNotReadIsNamed) {
  fs::create_directories(path("teams/sub"));
  fs::create_directories(path("teams/..2026"));
  write("teams/a.yaml", desired({"id: " + id(1) + ", plan: on"}));
  for (const char* const name : {"b.YAML", "c.json", "sub/d.yaml", ".e.YAML", "..2026/f.yml"})
    write(std::string("teams/") + name, "");
  write("teams/notes.txt", "");
  const Ended text = end({"check", "--desired", path("teams")});
  EXPECT_EQ(text.code, 0);
  EXPECT_THAT(text.output,
              AllOf(HasSubstr("warning: " + path("teams/b.YAML") + ": is not read: rename it"),
                    HasSubstr("warning: " + path("teams/c.json") + ": is not read: rename it"),
                    HasSubstr("warning: " + path("teams/sub") + ": is not read: move its files up"),
                    Not(HasSubstr("notes")), Not(HasSubstr(".e.")), Not(HasSubstr("2026:"))));
  const Ended github = end({"check", "--desired", path("teams"), "-o", "github"});
  EXPECT_THAT(github.output,
              HasSubstr("::warning file=" + path("teams/b.YAML") + "::is not read: rename it"));
}

TEST_F(CheckTest, AnEmptyPathAndADashAreExplained) {
  const Ended empty = end({"check", "--desired", ""});
  EXPECT_EQ(empty.code, 2);
  EXPECT_THAT(empty.output, HasSubstr("--desired: expected a path, found nothing"));
  const Ended dash = end({"check", "--desired", "-"});
  EXPECT_EQ(dash.code, 2);
  EXPECT_THAT(
      dash.output,
      HasSubstr("-: no such file; for standard input, redirect a file and name /dev/stdin"));
}

TEST_F(CheckTest, AllProblemsAreCounted) {
  std::string text = "apiVersion: defenderd/v1\nkind: DesiredState\nsubscriptions:\n";
  for (unsigned n = 1; n <= 1500; ++n)
    text += "  - {id: x" + std::to_string(n) + ", plan: on, mode: observe}\n";
  write("many.yaml", text);
  EXPECT_THAT(end({"check", "--desired", path("many.yaml")}).output,
              HasSubstr("\n1500 problems\n"));
}

TEST_F(CheckTest, AnOutputThatIsFullIsAnError) {
  for (const char* const words :
       {"version", "version -o json", "--version", "--help", "help run"}) {
    const std::string shell = "exec \"$0\" " + std::string(words) + " >/dev/full";
    DaemonProcess process({}, {}, {.launcher = {"/bin/sh", "-c", shell}});
    EXPECT_EQ(process.wait_exit(), 2) << words;
    EXPECT_THAT(process.output(), HasSubstr("cannot write to standard output")) << words;
  }
}

// What looks like the same tag twice is refused already.
TEST_F(CheckTest, ATagHasOneValue) {
  write("scopes.yaml",
        "apiVersion: defenderd/v1\nkind: DesiredState\nscopes:\n"
        "  - {plan: on, mode: observe, tags: {env: prod, ENV: test}}\n");
  const Ended ended = end({"check", "--desired", path("scopes.yaml")});
  EXPECT_EQ(ended.code, 2);
  EXPECT_THAT(ended.output, HasSubstr("this tag is already set"));
}

TEST_F(CheckTest, DiffFromComparesFilesAndFolders) {
  fs::create_directory(path("teams"));
  write("teams/a.yaml", desired({"id: " + id(1) + ", name: chat, plan: off"}));
  write("teams/b.yaml", desired({"id: " + id(2) + ", plan: off, mode: enforce"}));
  const std::string old_path = path("desired.yaml");
  const Ended same = end({"diff", "--from", old_path, "--desired", old_path});
  EXPECT_EQ(same.code, 0);
  EXPECT_EQ(same.output, "the desired state means the same as before\n");
  const Ended text = end({"diff", "--from", old_path, "--desired", path("teams")});
  EXPECT_EQ(text.code, 1);
  EXPECT_EQ(text.output,
            "2 subscriptions changed\n"
            "review first: 1 switches protection off, 1 is corrected from now on\n"
            "\n"
            "Switches protection off:\n"
            "  ~ chat (" +
                id(1) + ")  " + path("teams/a.yaml") +
                ":5\n"
                "      plan: on -> off\n"
                "\n"
                "Corrected from now on:\n"
                "  ~ " +
                id(2) + "  " + path("teams/b.yaml") +
                ":5\n"
                "      mode: observe -> enforce\n");
  const Ended markdown =
      end({"diff", "--from", path("teams"), "--desired", old_path, "-o", "markdown"});
  EXPECT_EQ(markdown.code, 1);
  EXPECT_THAT(markdown.output, AllOf(StartsWith("### defenderd: what this edit means\n"),
                                     HasSubstr("#### No longer corrected (1)\n")));
  const Ended json = end({"diff", "--from", path("teams"), "--desired", old_path, "-o", "json"});
  EXPECT_EQ(json.code, 1);
  EXPECT_THAT(json.output, StartsWith(R"({"apiVersion":"defenderd/v1","kind":"DesiredDiff",)"));
}

TEST_F(CheckTest, DiffFromWithABadFileIsAnError) {
  write("bad.yaml", desired({"id: " + id(1) + ", plan: onn"}));
  for (const char* const form : {"table", "json", "markdown"}) {
    for (const auto& [from, to] :
         {std::pair{"bad.yaml", "desired.yaml"}, std::pair{"desired.yaml", "bad.yaml"}}) {
      const Ended ended = end({"diff", "--from", path(from), "--desired", path(to), "-o", form});
      EXPECT_EQ(ended.code, 2) << form;
      EXPECT_THAT(ended.output, AllOf(StartsWith(path("bad.yaml") + ":5:"),
                                      HasSubstr("expected on or off"), Not(HasSubstr("###"))));
    }
  }
}

TEST_F(CheckTest, FormsAreForTheirCommands) {
  const Ended markdown = end({"diff", "-o", "markdown"});
  EXPECT_EQ(markdown.code, 2);
  EXPECT_THAT(markdown.output, HasSubstr("-o markdown needs --from"));
  EXPECT_EQ(end({"check", "-o", "markdown"}).code, 2);
  EXPECT_EQ(end({"diff", "-o", "github"}).code, 2);
  EXPECT_EQ(end({"diff", "--from", path("desired.yaml"), "--observe"}).code, 2);
}

TEST_F(CheckTest, OutputThatCannotBeWrittenIsAnError) {
  const int full = ::open("/dev/full", O_WRONLY | O_CLOEXEC);
  ASSERT_GE(full, 0);
  for (const std::vector<std::string>& arguments : std::vector<std::vector<std::string>>{
           {"check", "--desired", path("desired.yaml")},
           {"diff", "--from", path("desired.yaml"), "--desired", path("desired.yaml")}}) {
    Streams streams;
    streams.output = full;
    DaemonProcess process(arguments, {}, streams);
    EXPECT_EQ(process.wait_exit(), 2);
  }
  ::close(full);
}

}  // namespace
}  // namespace defenderd
