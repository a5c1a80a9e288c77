#include "cli/command_text.h"

#include <gtest/gtest.h>

namespace defenderd {
namespace {

TEST(CommandText, QuotesWhatAShellWouldRead) {
  EXPECT_EQ(shell_quoted("/etc/defenderd/x-1_y.yaml"), "/etc/defenderd/x-1_y.yaml");
  EXPECT_EQ(shell_quoted("chat-*"), "'chat-*'");
  EXPECT_EQ(shell_quoted("a b"), "'a b'");
  EXPECT_EQ(shell_quoted(""), "''");
  EXPECT_EQ(shell_quoted("it's"), "'it'\\''s'");
  EXPECT_EQ(shell_quoted("$(rm x)`y`;"), "'$(rm x)`y`;'");
}

TEST(CommandText, ApplyHasTheFlagsInUse) {
  CommandLine line;
  EXPECT_EQ(apply_command(line),
            "defenderd apply --config /etc/defenderd/defenderd.yaml --desired "
            "/etc/defenderd/subscriptions.yaml");
  line.config_path = "my settings.yaml";
  line.desired_path = "teams/";
  line.selection = {{"chat-*", "b"}, {"the team"}};
  line.max = 5;
  line.yes = true;
  EXPECT_EQ(apply_command(line),
            "defenderd apply --config 'my settings.yaml' --desired teams/ --only 'chat-*' --only b "
            "--owner 'the team' --max 5 --yes");
}

}  // namespace
}  // namespace defenderd
