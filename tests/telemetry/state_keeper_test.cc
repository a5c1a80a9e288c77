#include "telemetry/state_keeper.h"

#include <gmock/gmock.h>

#include <atomic>
#include <thread>

#include "support/eventually.h"
#include "support/fake_clock.h"
#include "telemetry/state_document.h"
#include "telemetry/state_file.h"
#include "telemetry/state_folder.h"

namespace defenderd {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

// One word to be remembered.
struct Word {
  std::string word;
  std::optional<WallTime> saved = {};
  bool rebuilt = false;
  std::atomic<std::uint64_t> any = 0;
  std::atomic<std::uint64_t> before_write = 0;
  std::atomic<std::uint64_t> ages = 0;

  StateSection section(const std::string& name = "word") {
    return {name,
            [this] {
              return StateSection::Revision{any, before_write, ages};
            },
            [this] { return "\"" + word + "\""; },
            [this](std::string_view text, WallTime at) -> Result<Done> {
              if (text.front() != '"') return Unexpected(Error{"it is no word"});
              word = text.substr(1, text.size() - 2);
              saved = at;
              return Done{};
            },
            [this] { rebuilt = true; }};
  }
};

class StateKeeperTest : public StateFolder {
 protected:
  std::unique_ptr<StateKeeper> keeper(std::vector<StateSection> sections, bool read_only = false) {
    return std::make_unique<StateKeeper>(
        read_only ? StateFile::open_to_read(path_) : *StateFile::open(path_), clock_, log_,
        std::move(sections), StateKeeper::Options{read_only, [this] { ++write_errors_; }});
  }
  // Until put back, nothing can be saved.
  void break_folder() const { std::filesystem::rename(folder_, folder_ + ".away"); }
  void mend_folder() const { std::filesystem::rename(folder_ + ".away", folder_); }

  FakeClock clock_;
  std::string logged_;
  Logger log_{LogLevel::Info, LogFormat::Text, clock_,
              [this](std::string_view line) { logged_ += std::string(line) + "\n"; }};
  int write_errors_ = 0;
};

TEST_F(StateKeeperTest, GivesBackWhatWasSavedAndCarriesTheUnknownAlong) {
  {
    Word word{"first"};
    Word other{"of tomorrow"};
    const auto both = keeper({word.section(), other.section("tomorrow")});
    both->load();
    EXPECT_TRUE(word.rebuilt) << "nothing was saved";
    word.word = "second";
    ++word.any;
    clock_.advance(1h);
    both->save_if_changed();
  }
  Word word;
  const WallTime saved = clock_.wall_now();
  clock_.advance(1h);
  const auto one = keeper({word.section()});
  one->load();
  EXPECT_EQ(word.word, "second");
  EXPECT_EQ(word.saved, saved);
  EXPECT_FALSE(word.rebuilt);
  EXPECT_THAT(text_of(path_), HasSubstr("\"tomorrow\":\"of tomorrow\""));
  EXPECT_EQ(logged_, "");
}

TEST_F(StateKeeperTest, SavesOnlyWhatHasChanged) {
  Word word{"x"};
  const auto it = keeper({word.section()});
  it->load();
  std::filesystem::remove(path_);
  it->save_if_changed();
  it->before_write();
  ++word.any;  // something moved, and came to the same
  it->save_if_changed();
  EXPECT_FALSE(std::filesystem::exists(path_));
  word.word = "y";
  ++word.any;
  it->before_write();
  EXPECT_FALSE(std::filesystem::exists(path_)) << "no write waits for that";
  it->save_if_changed();
  EXPECT_EQ(saved_word(), "\"y\"");
}

TEST_F(StateKeeperTest, SaysWhyItIsNotSaved) {
  Word word{"x"};
  const auto it = keeper({word.section()});
  it->load();
  EXPECT_TRUE(it->save_now());
  const std::filesystem::path folder = std::filesystem::path(path_).parent_path();
  std::filesystem::rename(folder, folder.string() + ".away");
  word.word = "y";
  ++word.any;
  for (int i = 0; i < 2; ++i) {
    const auto saved = it->save_now();
    ASSERT_FALSE(saved);
    EXPECT_THAT(saved.error().message, HasSubstr(path_));
  }
  std::filesystem::rename(folder.string() + ".away", folder);
  EXPECT_TRUE(it->save_now());
  EXPECT_EQ(saved_word(), "\"y\"");
}

TEST_F(StateKeeperTest, WhatGatesAWriteIsSavedBeforeIt) {
  Word word{"x"};
  const auto it = keeper({word.section()});
  it->load();
  word.word = "charged";
  ++word.before_write;
  it->before_write();
  EXPECT_EQ(saved_word(), "\"charged\"");
}

TEST_F(StateKeeperTest, SavesEveryFewSecondsUntilTheStop) {
  Word word{"x"};
  const auto it = keeper({word.section()});
  it->load();
  word.word = "y";
  ++word.any;
  std::stop_source stop;
  {
    const std::jthread thread([&] { it->run(stop.get_token()); });
    EXPECT_TRUE(eventually("the new word is saved", [&] { return saved_word() == "\"y\""; }));
    stop.request_stop();
  }
  EXPECT_EQ(saved_word(), "\"y\"");
  EXPECT_EQ(clock_.sleeps().front(), 5s);
}

TEST_F(StateKeeperTest, AgesAloneAreSavedOnceAMinuteAndAtTheStop) {
  Word word{"0"};
  const auto it = keeper({word.section()});
  it->load();
  std::string last = saved_word();
  int saves = 0;
  for (int turn = 1; turn <= 60; ++turn) {  // five minutes
    clock_.advance(5s);
    word.word = std::to_string(turn);
    ++word.ages;
    it->step();
    if (saved_word() == last) continue;
    last = saved_word();
    ++saves;
  }
  EXPECT_EQ(saves, 5);
  clock_.advance(5s);
  ++word.any;
  word.word = "a change";
  it->step();
  EXPECT_EQ(saved_word(), "\"a change\"") << "waits for no age";
  ++word.ages;
  word.word = "the last";
  it->step();
  EXPECT_EQ(saved_word(), "\"a change\"");
  it->save_if_changed();
  EXPECT_EQ(saved_word(), "\"the last\"");
}

TEST_F(StateKeeperTest, TimesAreSavedAnewWhenTheClockIsSet) {
  Word word{"x"};
  const auto it = keeper({word.section()});
  it->load();
  for (const Duration by : {24h, -48h}) {
    word.word += "y";  // as times that are translated
    clock_.advance(5s);
    it->save_if_changed();
    EXPECT_NE(saved_word(), "\"" + word.word + "\"");
    clock_.set_wall_clock(by);
    it->save_if_changed();
    EXPECT_EQ(saved_word(), "\"" + word.word + "\"");
  }
}

TEST_F(StateKeeperTest, WhatCannotBeSavedIsToldOnceCountedAndTriedAgain) {
  Word word{"x"};
  const auto it = keeper({word.section()});
  it->load();
  break_folder();
  word.word = "y";
  ++word.before_write;
  for (int i = 1; i <= 3; ++i) {
    it->before_write();
    it->save_if_changed();
    EXPECT_EQ(write_errors_, 2 * i);
  }
  EXPECT_THAT(logged_, HasSubstr("ERROR state  cannot write the state file"));
  EXPECT_EQ(std::count(logged_.begin(), logged_.end(), '\n'), 1) << logged_;
  mend_folder();
  it->save_if_changed();
  EXPECT_EQ(saved_word(), "\"y\"");
  EXPECT_THAT(logged_, HasSubstr("INFO  state  the state can be saved again"));
}

TEST_F(StateKeeperTest, APlaceThatCannotBeWrittenIsToldAtTheStart) {
  Word word;
  const auto it = keeper({word.section()});
  break_folder();
  it->load();
  EXPECT_EQ(write_errors_, 1);
  EXPECT_THAT(logged_, HasSubstr("ERROR state"));
  mend_folder();
}

TEST_F(StateKeeperTest, ADamagedOneOrANewerOneIsSetAsideWithAnError) {
  for (const std::string text : {"", "{\"version\": 1", "{\"version\": 2}", "{\"version\": 1}"}) {
    logged_.clear();
    put(path_, text);
    Word word{"kept"};
    const auto it = keeper({word.section()});
    it->load();
    EXPECT_EQ(word.word, "kept");
    EXPECT_TRUE(word.rebuilt);
    EXPECT_THAT(logged_, HasSubstr("ERROR state  the saved state cannot be used"));
    EXPECT_THAT(logged_, HasSubstr("it was moved to " + path_ + ".damaged"));
    EXPECT_EQ(text_of(path_ + ".damaged"), text);
    std::filesystem::remove(path_ + ".damaged");
    EXPECT_EQ(saved_word(), "\"kept\"");
  }
}

TEST_F(StateKeeperTest, ASectionThatIsNotUnderstoodCostsNoOther) {
  put(path_, format(StateDocument{clock_.wall_now(), {{"word", "1"}, {"other", "\"good\""}}}));
  Word word{"mine"};
  Word other;
  const auto it = keeper({word.section(), other.section("other")});
  it->load();
  EXPECT_TRUE(word.rebuilt);
  EXPECT_EQ(other.word, "good");
  EXPECT_THAT(logged_, HasSubstr("it is no word; it was moved to"));
}

TEST_F(StateKeeperTest, WhoOnlyLooksChangesNothing) {
  put(path_, "damaged");
  Word word{"x"};
  const auto it = keeper({word.section()}, true);
  it->load();
  ++word.before_write;
  it->before_write();
  it->save_if_changed();
  EXPECT_EQ(text_of(path_), "damaged");
  EXPECT_FALSE(std::filesystem::exists(path_ + ".lock"));
  EXPECT_THAT(logged_, HasSubstr("cannot be used"));
  EXPECT_THAT(logged_, Not(HasSubstr("moved")));
}

TEST_F(StateKeeperTest, WithoutAStoreNothingHappens) {
  Word word{"x"};
  StateKeeper none(nullptr, clock_, log_, {word.section()}, {});
  none.load();
  ++word.before_write;
  none.before_write();
  none.save_if_changed();
  EXPECT_EQ(logged_, "");
}

// Each write finds what it needs saved, whoever saved it.
TEST_F(StateKeeperTest, ThreadsShareTheirSaves) {
  Word word{"x"};
  const auto it = keeper({word.section()});
  it->load();
  std::vector<std::jthread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 20; ++i) {
        ++word.before_write;
        it->before_write();
      }
    });
  }
  threads.clear();
  EXPECT_EQ(write_errors_, 0);
  EXPECT_EQ(saved_word(), "\"x\"");
}

// A place that holds so many bytes.
class SmallPlace final : public StateStore {
 public:
  SmallPlace(std::size_t most, std::string& kept) : most_(most), kept_(kept) {}
  Result<std::optional<std::string>> load() override { return std::optional<std::string>(); }
  Result<Done> save(std::string_view document) override {
    kept_ = document;
    return Done{};
  }
  [[nodiscard]] bool fits(std::string_view document) const override {
    return document.size() <= most_;
  }
  Result<std::string> set_aside() override { return std::string(); }

 private:
  const std::size_t most_;
  std::string& kept_;
};

TEST_F(StateKeeperTest, WhatDoesNotFitIsLeftOutByItsWorthAndSaid) {
  Word needed{std::string(100, 'n')};
  Word useful{std::string(100, 'u')};
  Word expendable{std::string(100, 'e')};
  std::vector<StateSection> sections{needed.section("needed"), useful.section("useful"),
                                     expendable.section("expendable")};
  sections[1].expendable = 1;
  sections[2].expendable = 2;
  std::string kept;
  StateKeeper it(std::make_unique<SmallPlace>(350, kept), clock_, log_, sections, {});
  it.load();
  auto document = parse_state_document(kept);
  ASSERT_TRUE(document);
  EXPECT_TRUE(document->sections.contains("needed"));
  EXPECT_TRUE(document->sections.contains("useful"));
  EXPECT_FALSE(document->sections.contains("expendable"));
  EXPECT_THAT(logged_, HasSubstr("a restart forgets 1 of its sections: expendable"));
  const std::size_t lines = logged_.size();
  needed.word = std::string(101, 'n');
  ++needed.any;
  it.save_if_changed();
  EXPECT_EQ(logged_.size(), lines) << "it is said once";
  useful.word = expendable.word = "";
  ++useful.any;
  it.save_if_changed();
  EXPECT_TRUE(parse_state_document(kept)->sections.contains("expendable"));
  EXPECT_THAT(logged_, HasSubstr("the whole state can be stored again"));
}

TEST_F(StateKeeperTest, WhatCouldNotBeReadAgainIsNotSaved) {
  Word needed{"n"};
  std::string values = "[0";
  for (std::size_t i = 0; i < kMaxStateValues; ++i) values += ",0";
  values += "]";
  StateSection large = needed.section("large");
  large.write = [&values] { return values; };
  large.expendable = 1;
  const auto it = keeper({needed.section(), large});
  it->load();
  EXPECT_EQ(saved_word(), "\"n\"");
  EXPECT_THAT(logged_, HasSubstr("a restart forgets 1 of its sections: large"));
  std::string kept;
  large.expendable = 0;
  logged_.clear();
  const auto other =
      std::make_unique<StateKeeper>(std::make_unique<SmallPlace>(kMaxStateBytes, kept), clock_,
                                    log_, std::vector<StateSection>{large}, StateKeeper::Options{});
  other->load();
  EXPECT_THAT(logged_, HasSubstr("the state is not saved: it has more than 3000000 values"));
  EXPECT_EQ(kept, "");
}

}  // namespace
}  // namespace defenderd
