#include "identity/credential_chain.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <utility>

namespace defenderd {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

// Links that are there or not, work or not, as the test says.
class CredentialChainTest : public testing::Test {
 protected:
  struct State {
    bool there = true;
    bool works = true;
    int probes = 0;
  };
  class Source final : public TokenSource {
   public:
    Source(std::string name, State& state) : name_(std::move(name)), state_(state) {}
    ArmResult<AccessToken> fetch(const std::optional<TenantId>&, std::stop_token) override {
      if (!state_.works) return Unexpected(credential_failure(name_ + " is broken"));
      return AccessToken{Secret(name_), {}};
    }

   private:
    const std::string name_;
    State& state_;
  };

  CredentialChain::Link link(const std::string& name) {
    State& state = states_[name];
    CredentialChain::Link link;
    link.name = name;
    link.source = std::make_unique<Source>(name, state);
    link.probe = [&state](const std::stop_token&) -> Result<Done> {
      ++state.probes;
      if (state.there) return Done{};
      return Unexpected(Error{"is not there"});
    };
    return link;
  }

  CredentialChain& chain() {
    if (!chain_) {
      std::vector<CredentialChain::Link> links;
      links.push_back(link("imds"));
      links.push_back(link("cli"));
      chain_.emplace(std::move(links), "secret (not set)",
                     [this](const std::string& text) { announced_.push_back(text); });
    }
    return *chain_;
  }
  std::string get() {
    auto token = chain().fetch(std::nullopt, {});
    return token ? token->value.reveal() : "failed: " + token.error().message;
  }

  std::map<std::string, State> states_;
  std::vector<std::string> announced_;
  std::optional<CredentialChain> chain_;
};

TEST_F(CredentialChainTest, TakesTheFirstThatIsThereAndSaysSoOnce) {
  EXPECT_EQ(get(), "imds");
  EXPECT_EQ(get(), "imds");
  EXPECT_EQ(states_["imds"].probes, 1);
  EXPECT_EQ(states_["cli"].probes, 0);
  EXPECT_THAT(announced_, ElementsAre("imds; skipped: secret (not set)"));
}

TEST_F(CredentialChainTest, PassesOverWhatIsNotThereAndSaysWhy) {
  states_["imds"].there = false;
  EXPECT_EQ(get(), "cli");
  EXPECT_THAT(announced_, ElementsAre("cli; skipped: secret (not set), imds (is not there)"));
}

TEST_F(CredentialChainTest, TheChoiceSticksOnceItHasGivenAToken) {
  states_["imds"].there = false;
  EXPECT_EQ(get(), "cli");
  states_["imds"].there = true;
  states_["cli"].works = false;
  EXPECT_EQ(get(), "failed: cli is broken");
  EXPECT_EQ(states_["imds"].probes, 1);
}

TEST_F(CredentialChainTest, AChoiceThatNeverWorkedIsMadeAnew) {
  states_["imds"].there = false;
  states_["cli"].works = false;
  EXPECT_EQ(get(), "failed: cli is broken");
  EXPECT_EQ(get(), "failed: cli is broken");
  EXPECT_EQ(announced_.size(), 1U) << "the same choice is not told twice";
  states_["imds"].there = true;
  EXPECT_EQ(get(), "imds");
  EXPECT_EQ(announced_.size(), 2U);
}

TEST_F(CredentialChainTest, NothingAtAllIsAFailureThatNamesEach) {
  chain();
  states_["imds"].there = false;
  states_["cli"].there = false;
  EXPECT_THAT(get(), AllOf(HasSubstr("no credential is available"), HasSubstr("secret (not set)"),
                           HasSubstr("imds (is not there)"), HasSubstr("cli (is not there)")));
  EXPECT_TRUE(announced_.empty());
}

}  // namespace
}  // namespace defenderd
