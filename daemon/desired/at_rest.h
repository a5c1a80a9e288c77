#pragma once
// Decides when a changed file takes effect: only once it is complete. A truncated file is often
// valid and means something else, so a file that is still being written must not take effect.
//
// How files are delivered, and what shows that they are complete:
// - written in place (editors, scp, tar, kubectl cp, git checkout): the writer closes the file;
// - renamed into place (rsync, sed -i, most editors) and swapped by links (kubelet, git-sync): the
//   content existed before the name;
// - written by another machine on a network file system: only time shows it.
// Pure: time is an argument.

#include <chrono>
#include <optional>

#include "base/clock.h"

namespace defenderd {

// What is known about the writers of the changed files.
enum class Writer {
  Unknown,  // nothing is known
  AtWork,   // has written and has not closed yet
  Done,     // has closed, or has put a whole file in place
  Placed,   // has put one whole file in place by a rename, and nobody holds it open for writing
};

// What is unusual about a content that could be complete. In increasing severity.
enum class Oddity {
  None,
  NoLineEnd,     // the last line has no line end
  EndMissing,    // a prefix of the file in force, or ends before its end
  FilesMissing,  // files of the folder disappeared while others were written
};

// A writer has closed: this long without another change.
inline constexpr Duration kRestAfterClose = std::chrono::milliseconds(150);
// A file that is appended to repeatedly is closed each time. It must rest twice as long as it has
// been growing, at most this long.
inline constexpr Duration kMostGrowthRest = std::chrono::seconds(10);
// What was only appended to the file in force may be the first part of an entry, closed and valid.
inline constexpr Duration kAppendRest = std::chrono::milliseconds(1500);
// A rejected content may become a good one: checking again costs nothing.
inline constexpr Duration kBadRest = std::chrono::seconds(2);
// A file without its end may be a copy that somebody repeats.
inline constexpr Duration kOddRest = std::chrono::seconds(10);
// Nothing shows that a writer is done: longer than a writer pauses.
inline constexpr Duration kUnknownRest = std::chrono::seconds(20);
// A change that does not come to rest within this time is reported.
inline constexpr Duration kOverdue = std::chrono::seconds(60);

// One check of files whose content differs from what is in force.
struct RestCheck {
  SteadyTime at = {};
  bool changed = false;         // since the previous check
  Duration unchanged_for = {};  // if it has not changed: the known time since the last change
  Writer writer = Writer::Unknown;
  Oddity oddity = Oddity::None;
  bool appended = false;  // nothing else was done to the files in force
};

// One change, from its first check until it takes effect. One thread at a time.
class AtRest {
 public:
  // nullopt: it takes effect. Otherwise check again after this time at the latest.
  [[nodiscard]] std::optional<Duration> judge(const RestCheck& check);

  // True if the content has rested for this long.
  [[nodiscard]] bool rested(Duration rest, SteadyTime now) const {
    return begun_ && now - quiet_since_ >= rest;
  }
  [[nodiscard]] bool pending() const { return begun_.has_value(); }
  [[nodiscard]] bool overdue(SteadyTime now) const { return begun_ && now - *begun_ >= kOverdue; }

  // The change took effect, or was reverted. What is appended soon afterwards belongs to it.
  void reset();

 private:
  std::optional<SteadyTime> begun_ = {};       // the first check of this change
  std::optional<SteadyTime> first_done_ = {};  // the first check that found the writer done
  SteadyTime quiet_since_ = {};                // neither changed nor closed since then
  struct Growth {
    SteadyTime first;  // first_done_ of the change before
    SteadyTime last;   // its last change
  };
  std::optional<Growth> growth_ = {};
  Writer writer_ = Writer::Unknown;  // at the last check
};

// How long a content must rest; `growing` is the time from the first check that found the writer
// done to the last change. Not for a writer at work.
[[nodiscard]] Duration needed_rest(Writer writer, Oddity oddity, Duration growing);

}  // namespace defenderd
