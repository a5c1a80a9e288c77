#include "core/desired_state.h"

#include <gtest/gtest.h>

namespace defenderd {
namespace {

TEST(DesiredSubscription, KnowsWhatTheYamlNames) {
  DesiredSubscription desired;
  desired.extensions = {{"AIModelScanner", false}, {"AIPromptEvidence", true}};
  EXPECT_EQ(desired.extension("AIPromptEvidence"), true);
  EXPECT_EQ(desired.extension("aipromptevidence"), true) << "in any case";
  EXPECT_EQ(desired.extension("AIModelScanner"), false);
  EXPECT_EQ(desired.extension("AIPromptSharingWithPurview"), std::nullopt);
  EXPECT_EQ(desired.extension(""), std::nullopt);
}

TEST(DesiredSubscription, DeclaresNothingByItself) {
  const DesiredSubscription desired;
  EXPECT_EQ(desired.mode, Mode::Observe) << "what was not told to write does not write";
  EXPECT_EQ(desired.unnamed_extensions, UnnamedExtensions::Leave);
  EXPECT_TRUE(desired.extensions.empty());
}

}  // namespace
}  // namespace defenderd
