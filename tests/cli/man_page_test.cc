#include "cli/man_page.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace defenderd {
namespace {

using testing::HasSubstr;

TEST(ManPage, AValueStaysAsItIsTyped) {
  ProgramModel model;
  CommandModel command{"freeze", "tell a daemon", ""};
  command.options.push_back({.names = {"--except"},
                             .value = "WHAT",
                             .choices = {"enable"},
                             .help = "enable: protection may still be switched on"});
  command.options.push_back({.names = {"-o", "--output"},
                             .value = "FORM",
                             .choices = {"table", "json"},
                             .help = "how it is printed"});
  model.commands.push_back(command);
  const std::string page = man_page(model, "1");
  EXPECT_THAT(page, HasSubstr("\nenable: protection may still be switched on.\n"));
  EXPECT_THAT(page, HasSubstr("\nHow it is printed.\n"));
}

}  // namespace
}  // namespace defenderd
