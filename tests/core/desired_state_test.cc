#include "core/desired_state.h"

#include <gtest/gtest.h>

#include <vector>

#include "support/builders.h"

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

TEST(ShareEquals, TakesOverWhatIsDeclaredAlreadyAndNothingElse) {
  const std::vector<Declaration> held{declared(1, true), declared(2, true), declared(3, true)};
  DesiredSubscription moved = declared(3, true);
  moved.source = "list.yaml:9";
  std::vector<Declaration> fresh{moved, declared(2, false), declared(1, true), declared(4, true)};
  const std::vector<Declaration> before = fresh;
  share_equals(fresh, held);
  EXPECT_EQ(fresh, before) << "says the same in the same order";
  EXPECT_TRUE(fresh[0].is(before[0])) << "another place in the file";
  EXPECT_TRUE(fresh[1].is(before[1])) << "another plan";
  EXPECT_TRUE(fresh[2].is(held[0])) << "equal";
  EXPECT_TRUE(fresh[3].is(before[3])) << "new";
}

}  // namespace
}  // namespace defenderd
