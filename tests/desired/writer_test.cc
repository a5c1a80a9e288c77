// Whoever writes a desired file, in whatever way and however slowly: nothing acts that the whole
// file does not want. Every prefix of six desired states, in simulated time.

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <map>
#include <string>
#include <vector>

#include "desired/simulated_files.h"
#include "support/desired_text.h"

namespace defenderd {
namespace {

using namespace std::chrono_literals;

// The sanitizers take ten times as long: with them every pause has a part of the prefixes.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr std::size_t kStride = 31;
#else
constexpr std::size_t kStride = 1;
#endif

// A desired state before an edit and after it. Where it is a folder, each text is that of a file.
struct Edit {
  const char* name;
  std::vector<std::string> before;
  std::vector<std::string> after;
};

void PrintTo(const Edit& edit, std::ostream* out) { *out << edit.name; }

std::string entries(int from, int to, const std::string& last) {
  std::string text;
  for (int n = from; n <= to; ++n) {
    text += "  - id: " + guid(n) + "\n    name: s" + std::to_string(n) + "\n" + last;
  }
  return text;
}

std::vector<Edit> edits() {
  const std::string off = "    promptEvidence: off\n";
  const std::string observe = "    plan: off\n    mode: observe\n";
  const std::string defaults =
      "defaults: {mode: enforce, plan: on, promptEvidence: on, owner: platform}\n";
  const std::string scopes =
      "scopes:\n  - managementGroup: prod\n    exclude: [" + guid(90) + ", " + guid(91) +
      "]\n    promptEvidence: off\n  - tags: {env: dev}\n    mode: observe\n";
  const std::string entries_file =
      kDesiredHead + defaults + "subscriptions:\n" + entries(1, 4, off);
  const std::string overrides = kDesiredHead + defaults + "subscriptions:\n" + entries(1, 3, off) +
                                entries(4, 6, observe + off);
  const std::string defaults_last =
      kDesiredHead + "subscriptions:\n" + entries(1, 4, "    plan: on\n    mode: enforce\n") +
      "defaults:\n" + "  promptEvidence: off\n  unnamedExtensions: leave\n";
  const std::string json = R"({"apiVersion": "defenderd/v1", "kind": "DesiredState",
 "defaults": {"mode": "enforce", "plan": "on"}, "subscriptions": [
  {"id": ")" + guid(1) + R"(", "promptEvidence": "off"},
  {"id": ")" + guid(2) + R"(", "promptEvidence": "off"}]})";
  const auto replaced = [](std::string text, const std::string& from, const std::string& to) {
    return text.replace(text.find(from), from.size(), to);
  };
  return {
      {"entries", {entries_file}, {replaced(entries_file, "name: s1", "name: first")}},
      {"scopes",
       {kDesiredHead + defaults + scopes},
       {kDesiredHead + "# edited\n" + defaults + scopes}},
      {"defaults last", {defaults_last}, {replaced(defaults_last, "name: s2", "name: second")}},
      {"overrides last", {overrides}, {replaced(overrides, "owner: platform", "owner: security")}},
      {"a folder",
       {kDesiredHead + defaults + "subscriptions:\n" + entries(1, 2, off),
        kDesiredHead + defaults + "subscriptions:\n" + entries(3, 4, off),
        kDesiredHead + defaults + "subscriptions:\n" + entries(5, 6, observe)},
       {kDesiredHead + defaults + "subscriptions:\n" + entries(1, 2, off) + "# edited\n",
        kDesiredHead + defaults + "# edited\nsubscriptions:\n" + entries(3, 4, off),
        kDesiredHead + defaults + "subscriptions:\n" + entries(5, 6, observe)}},
      {"JSON", {json}, {replaced(json, R"("mode": "enforce")", R"("mode": "observe")")}},
  };
}

enum class Way { CreatedAnew, InPlace, Renamed };
constexpr std::array kWays{Way::CreatedAnew, Way::InPlace, Way::Renamed};
constexpr std::array kSights{Sight::Watched, Sight::Leases, Sight::Blind};

// Writes texts as a program does: file by file, as fast as the pieces come.
class SlowWriter {
 public:
  SlowWriter(SimulatedFiles& files, SimulatedFollower& follower, const Edit& edit, Way way)
      : files_(files), follower_(follower), edit_(edit), way_(way) {}

  // All of it, in two pieces with a pause between them that comes after so many bytes.
  void write_with_pause(std::size_t prefix, Duration pause) {
    begin();
    for (std::size_t i = 0; i < edit_.after.size(); ++i) {
      const std::string& text = edit_.after[i];
      open(i);
      const std::size_t first = std::min(prefix, text.size());
      files_.append(target(i), text.substr(0, first));
      if (prefix <= text.size()) {
        follower_.run(pause);
        prefix = std::string::npos;  // once
      } else {
        prefix -= text.size();
      }
      files_.append(target(i), text.substr(first));
      close(i);
      follower_.run(1ms);
    }
  }

  // A copy that breaks off and is closed, and is made again after a while.
  void write_cut_off(std::size_t size, Duration until_again) {
    begin();
    open(0);
    files_.append(target(0), edit_.after[0].substr(0, size));
    close(0);
    follower_.run(until_again);
    open(0);
    files_.append(target(0), edit_.after[0]);
    close(0);
  }

  void write_at_rate(std::size_t bytes_per_second, std::size_t piece) {
    begin();
    for (std::size_t i = 0; i < edit_.after.size(); ++i) {
      const std::string& text = edit_.after[i];
      open(i);
      for (std::size_t at = 0; at < text.size(); at += piece) {
        files_.append(target(i), std::string_view(text).substr(at, piece));
        follower_.run(std::chrono::microseconds(piece * 1'000'000 / bytes_per_second));
      }
      close(i);
    }
  }

 private:
  [[nodiscard]] std::string name(std::size_t i) const {
    return edit_.after.size() == 1 ? files_.path() : files_.path() + std::to_string(i) + ".yaml";
  }
  [[nodiscard]] std::string target(std::size_t i) const {
    return way_ == Way::Renamed ? name(i) + ".tmp" : name(i);
  }
  void begin() {
    if (way_ != Way::CreatedAnew) return;
    for (std::size_t i = 0; i < edit_.after.size(); ++i) files_.remove(name(i));
  }
  void open(std::size_t i) {
    if (way_ == Way::InPlace) {
      files_.truncate(name(i));
    } else {
      files_.create(target(i));
    }
  }
  void close(std::size_t i) {
    files_.close(target(i));
    if (way_ == Way::Renamed) files_.rename(target(i), name(i));
  }

  SimulatedFiles& files_;
  SimulatedFollower& follower_;
  const Edit& edit_;
  const Way way_;
};

// One edit on files that are in force.
class Scene {
 public:
  Scene(const Edit& edit, Sight sight, Way way)
      : files_(edit.before.size() == 1 ? "desired.yaml" : "teams/", sight),
        follower_(files_),
        writer_(files_, follower_, edit, way) {
    for (std::size_t i = 0; i < edit.before.size(); ++i) {
      const std::string name =
          edit.before.size() == 1 ? files_.path() : files_.path() + std::to_string(i) + ".yaml";
      files_.create(name);
      files_.append(name, edit.before[i]);
      files_.close(name);
    }
    files_.pass(1h);
    follower_.run(1s);
  }

  SimulatedFiles files_;
  SimulatedFollower follower_;
  SlowWriter writer_;
};

using ById = std::map<SubscriptionId, DesiredSubscription>;
ById by_id(const DesiredState& state) {
  ById result;
  for (const Declaration& one : state.subscriptions) result.emplace(one->id, *one);
  return result;
}

bool has_scope(const DesiredState& state, const Scope& scope) {
  return std::any_of(state.scopes.begin(), state.scopes.end(), [&](const Scope& other) {
    return scope.management_group == other.management_group && scope.tags == other.tags &&
           scope.exclude == other.exclude && same_declaration(scope.declares, other.declares);
  });
}

// What was taken holds nothing that is neither in force nor wanted, and lacks nothing that is both.
bool is_wanted(const DesiredState& taken, const DesiredState& before, const DesiredState& after) {
  const ById old = by_id(before);
  const ById wanted = by_id(after);
  const ById now = by_id(taken);
  const auto holds = [](const ById& in, const DesiredSubscription& one) {
    const auto found = in.find(one.id);
    return found != in.end() && same_declaration(found->second, one);
  };
  const bool known = std::all_of(now.begin(), now.end(), [&](const auto& one) {
    return holds(old, one.second) || holds(wanted, one.second);
  });
  const bool complete = std::all_of(old.begin(), old.end(), [&](const auto& one) {
    return now.contains(one.first) || !wanted.contains(one.first);
  });
  const bool scopes_known = std::all_of(
      taken.scopes.begin(), taken.scopes.end(),
      [&](const Scope& scope) { return has_scope(before, scope) || has_scope(after, scope); });
  return known && complete && scopes_known && taken.scopes.size() >= before.scopes.size();
}

class WriterTest : public testing::TestWithParam<Edit> {
 protected:
  // The state that `edit` leads to if it is written at once.
  static DesiredState whole(const Edit& edit) {
    Scene scene(edit, Sight::Leases, Way::InPlace);
    scene.writer_.write_with_pause(0, 0s);
    scene.follower_.run(1min);
    return *scene.follower_.in_force();
  }
};

TEST_P(WriterTest, APauseAfterAnyPrefixActsOnNothing) {
  const Edit& edit = GetParam();
  const DesiredState after = whole(edit);
  std::size_t size = 0;
  for (const std::string& text : edit.after) size += text.size();
  std::size_t first_prefix = 0;
  for (const Sight sight : kSights) {
    for (const Way way : kWays) {
      Scene first(edit, sight, way);
      const DesiredState before = *first.follower_.in_force();
      for (const Duration pause :
           std::initializer_list<Duration>{0ms, 200ms, 1s, 3s, 9900ms, 12s, 15s}) {
        for (std::size_t prefix = first_prefix++ % kStride; prefix < size; prefix += kStride) {
          Scene scene(edit, sight, way);
          (void)scene.follower_.take_taken();
          scene.writer_.write_with_pause(prefix, pause);
          scene.follower_.run(45s);
          for (const DesiredState& taken : scene.follower_.take_taken()) {
            ASSERT_TRUE(is_wanted(taken, before, after))
                << prefix << " bytes, sight " << static_cast<int>(sight) << ", way "
                << static_cast<int>(way) << ", pause " << pause / 1ms << " ms";
          }
          ASSERT_EQ(scene.follower_.in_force()->hash, after.hash) << "it acts in the end";
        }
      }
    }
  }
}

TEST_P(WriterTest, ACopyThatIsCutOffActsOnNothingForNineSeconds) {
  const Edit& edit = GetParam();
  if (edit.after.size() > 1) GTEST_SKIP() << "the files of a folder are copied one by one";
  const DesiredState after = whole(edit);
  for (const Sight sight : {Sight::Watched, Sight::Leases}) {
    for (const Way way : kWays) {
      for (std::size_t size = 0; size < edit.after[0].size(); ++size) {
        Scene scene(edit, sight, way);
        const DesiredState before = *scene.follower_.in_force();
        (void)scene.follower_.take_taken();
        scene.writer_.write_cut_off(size, 9s);
        scene.follower_.run(45s);
        for (const DesiredState& taken : scene.follower_.take_taken()) {
          ASSERT_TRUE(is_wanted(taken, before, after))
              << size << " bytes, sight " << static_cast<int>(sight) << ", way "
              << static_cast<int>(way);
        }
        ASSERT_EQ(scene.follower_.in_force()->hash, after.hash);
      }
    }
  }
}

TEST_P(WriterTest, AnOrdinaryEditActsWithinTwoSeconds) {
  const Edit& edit = GetParam();
  for (const Sight sight : {Sight::Watched, Sight::Leases}) {
    for (const Way way : kWays) {
      Scene scene(edit, sight, way);
      scene.writer_.write_with_pause(0, 0s);
      EXPECT_TRUE(scene.follower_.run_until_taken(2s))
          << static_cast<int>(sight) << static_cast<int>(way);
      EXPECT_EQ(scene.follower_.in_force()->hash, whole(edit).hash);
      EXPECT_EQ(scene.follower_.warnings(), 0U);
    }
  }
}

TEST_P(WriterTest, LinksThatAreSwappedActWithinTwoSecondsWhateverIsSeen) {
  const Edit& edit = GetParam();
  if (edit.after.size() > 1) GTEST_SKIP() << "a folder's links are in file_source_test.cc";
  for (const Sight sight : kSights) {
    Scene scene(edit, sight, Way::InPlace);
    scene.files_.link(scene.files_.path(), edit.after[0]);
    EXPECT_TRUE(scene.follower_.run_until_taken(2s)) << static_cast<int>(sight);
  }
}

INSTANTIATE_TEST_SUITE_P(Edits, WriterTest, testing::ValuesIn(edits()), [](const auto& it) {
  std::string name = it.param.name;
  std::erase(name, ' ');
  return name;
});

// 317 KB, as three thousand subscriptions have.
TEST(WriterStream, ActsOnNothingHoweverSlow) {
  const auto list = [](const std::string& first) {
    return kDesiredHead +
           "defaults: {mode: enforce, plan: on, promptEvidence: on}\nsubscriptions:\n" + first +
           entries(2, 3000, "    promptEvidence: off\n");
  };
  const Edit edit{"a stream", {list(entries(1, 1, ""))}, {list(entries(1, 1, "    plan: off\n"))}};
  ASSERT_GT(edit.after[0].size(), 250'000U);
  for (const Sight sight : kSights) {
    for (const Way way : kWays) {
      for (const std::size_t rate : {20'000U, 60'000U, 300'000U}) {
        Scene scene(edit, sight, way);
        const DesiredState before = *scene.follower_.in_force();
        (void)scene.follower_.take_taken();
        scene.writer_.write_at_rate(rate, 4096);
        scene.follower_.run(45s);
        const auto taken = scene.follower_.take_taken();
        ASSERT_EQ(taken.size(), 1U) << "sight " << static_cast<int>(sight) << ", way "
                                    << static_cast<int>(way) << ", " << rate << " bytes a second";
        EXPECT_EQ(taken[0].subscriptions.size(), 3000U);
        EXPECT_FALSE(taken[0].subscriptions[0]->plan);
      }
    }
  }
}

}  // namespace
}  // namespace defenderd
