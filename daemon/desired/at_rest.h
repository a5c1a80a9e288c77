#pragma once
// Decides when a file that has changed is taken: not before it is at rest. Half a file is often
// valid and means something else, so a file that is still being written must not act.
//
// How files are delivered, and what shows that they are whole:
// - written in place (editors, scp, tar, kubectl cp, git checkout): the writer closes the file;
// - renamed into place (rsync, sed -i, most editors) and swapped by links (kubelet, git-sync): the
//   content was there before the name;
// - written by another machine on a network file system: nothing shows it but time.
// Pure: time is an argument.

#include <chrono>
#include <optional>

#include "base/clock.h"

namespace defenderd {

// What is known of whoever writes the files that have changed.
enum class Writer {
  Unknown,  // nothing tells
  AtWork,   // has written and has not closed yet
  Done,     // has closed, or has put a whole file in place
  Placed,   // has put one whole file in place by a rename, and nobody holds it open for writing
};

// What is odd about a content that could be whole. From the least to the most.
enum class Oddity {
  None,
  NoLineEnd,     // the last line has no end
  EndMissing,    // a prefix of the file in force, or ends where that one goes on
  FilesMissing,  // files of the folder are gone while others were written
};

// A writer has closed: so long without another change.
inline constexpr Duration kSettleTime = std::chrono::milliseconds(150);
// A file that is appended to again and again is closed each time. It has to rest twice as long as
// it has been growing, up to this.
inline constexpr Duration kMostGrowthRest = std::chrono::seconds(10);
// A content that is refused may become a good one: nothing is lost by another look.
inline constexpr Duration kBadRest = std::chrono::seconds(2);
// A file without its end may be a copy that somebody repeats.
inline constexpr Duration kOddRest = std::chrono::seconds(10);
// Nothing shows that a writer is done: longer than one pauses.
inline constexpr Duration kUnknownRest = std::chrono::seconds(20);
// A change that does not come to rest for so long is reported.
inline constexpr Duration kOverdue = std::chrono::seconds(60);

// One look at files whose content differs from what is in force.
struct RestLook {
  SteadyTime at = {};
  bool changed = false;         // since the look before
  Duration unchanged_for = {};  // where it has changed: what is known of the time since then
  Writer writer = Writer::Unknown;
  Oddity oddity = Oddity::None;
};

// One change, from its first look to the one that takes it. One thread at a time.
class AtRest {
 public:
  // nullopt: take it. Otherwise look again after so long at the latest.
  [[nodiscard]] std::optional<Duration> judge(const RestLook& look);

  // True where the content has rested for so long.
  [[nodiscard]] bool rested(Duration rest, SteadyTime now) const {
    return begun_ && now - quiet_since_ >= rest;
  }
  [[nodiscard]] bool pending() const { return begun_.has_value(); }
  [[nodiscard]] bool overdue(SteadyTime now) const { return begun_ && now - *begun_ >= kOverdue; }

  // The change was taken, or taken back.
  void reset() { *this = {}; }

 private:
  std::optional<SteadyTime> begun_ = {};       // the first look at this change
  std::optional<SteadyTime> first_done_ = {};  // the first at which the writer was done
  SteadyTime quiet_since_ = {};                // neither changed nor closed since then
  Writer writer_ = Writer::Unknown;            // at the last look
};

// How long a content has to rest; `growing` is the time from the first look that found the writer
// done to the last change. Not for a writer at work.
[[nodiscard]] Duration needed_rest(Writer writer, Oddity oddity, Duration growing);

}  // namespace defenderd
