#include "desired/web_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "desired/file_source.h"
#include "desired/temp_folder.h"

namespace defenderd {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr const char* kTls = "tls_server_config: {cert_file: tls.crt, key_file: tls.key}\n";

class WebFilesTest : public testing::Test {
 protected:
  WebFilesTest() {
    folder_.write("web.yaml", kTls);
    folder_.write("tls.crt", "-----BEGIN C-----\n-----END C-----");
    folder_.write("tls.key", "the key\n");
  }
  const TempFolder folder_;
};

TEST_F(WebFilesTest, AreTheConfigurationAndWhatItNames) {
  const WebFiles files(folder_.path("web.yaml"));
  EXPECT_THAT(files.names(), ElementsAre(folder_.path("tls.crt"), folder_.path("tls.key"),
                                         folder_.path("web.yaml")));
  const auto texts = files.load();
  ASSERT_TRUE(texts);
  ASSERT_EQ(texts->size(), 3U);
  EXPECT_EQ(texts->at(0).text, kTls);
  EXPECT_TRUE(texts->at(1).text.ends_with("-----END C-----\n")) << "a PEM file shows its end";
  EXPECT_THAT(texts->at(2).text, Not(HasSubstr("the key")));
  EXPECT_EQ(files.pem(folder_.path("tls.key")).reveal(), "the key\n");
  EXPECT_TRUE(files.pem("elsewhere").empty());
}

TEST_F(WebFilesTest, WhatItNoLongerNamesHasNotDisappeared) {
  FileSource source(std::make_unique<const WebFiles>(folder_.path("web.yaml")),
                    [](const auto&) { return true; });
  SteadyTime now(1h);
  const auto look = [&](Duration most) {
    for (const SteadyTime end = now + most; now <= end; now += kRestAfterClose) {
      if (auto given = source.poll({now, SystemClock().wall_now()}, Writer::Unknown)) return given;
    }
    return std::optional<FileSource::Given>();
  };
  ASSERT_TRUE(look(2s));
  now += 1min;
  std::filesystem::remove(folder_.path("tls.crt"));
  folder_.write("web.yaml", "basic_auth_users: {}\n");
  const auto given = look(2s);
  ASSERT_TRUE(given && given->texts);
  EXPECT_THAT(given->warning, IsEmpty());
}

}  // namespace
}  // namespace defenderd
