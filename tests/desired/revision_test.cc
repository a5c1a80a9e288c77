#include "desired/revision.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "desired/temp_folder.h"

namespace defenderd {
namespace {

TEST(Revision, IsTheFirstLineOfTheFileBesideTheDesiredState) {
  const TempFolder folder;
  folder.write("desired.yaml", "");
  std::filesystem::create_directory(folder.path("teams"));
  EXPECT_EQ(read_revision("", folder.path("desired.yaml")), "") << "none";
  folder.write("revision", "4f2c9d1e0a\r\nmore\n");
  EXPECT_EQ(read_revision("", folder.path("desired.yaml")), "4f2c9d1e0a");
  EXPECT_EQ(read_revision("", folder.path("teams")), "") << "a folder has its own";
  folder.write("teams/revision", "v1.2.3");
  EXPECT_EQ(read_revision("", folder.path("teams")), "v1.2.3");
  folder.write("elsewhere", "main@4f2c9d1\n");
  EXPECT_EQ(read_revision(folder.path("elsewhere"), folder.path("teams")), "main@4f2c9d1");
  EXPECT_EQ(read_revision(folder.path("missing"), folder.path("teams")), "") << "not the other one";
}

TEST(Revision, WhatIsNoRevisionIsNone) {
  const TempFolder folder;
  for (const std::string& text :
       {std::string("\n4f2c9d1"), std::string("two words"), std::string("\x1b[31mred"),
        std::string("caf\xc3\xa9"), std::string(201, 'a'), std::string(5000, 'a')}) {
    folder.write("revision", text);
    EXPECT_EQ(read_revision("", folder.path("desired.yaml")), "") << text;
  }
  folder.write("revision", std::string(200, 'a'));
  EXPECT_EQ(read_revision("", folder.path("desired.yaml")), std::string(200, 'a'));
  std::filesystem::remove(folder.path("revision"));
  std::filesystem::create_directory(folder.path("revision"));
  EXPECT_EQ(read_revision("", folder.path("desired.yaml")), "") << "a folder of that name";
}

}  // namespace
}  // namespace defenderd
