#pragma once
// The file of the journal: whole lines are appended and on the disk before append() returns, and
// the next start removes an incomplete line after a crash.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "base/clock.h"
#include "base/result.h"
#include "base/unique_fd.h"
#include "telemetry/outlet.h"

namespace defenderd {

// A file that would grow beyond this becomes FILE.1, and that one FILE.2, and so on.
inline constexpr std::uint64_t kJournalMaxBytes = 64U << 20U;
inline constexpr int kJournalKeep = 3;  // of these besides the current one

// Not thread-safe: its owner locks.
class JournalFile {
 public:
  struct Options {
    std::string path;  // "-" is standard output, which is neither rotated nor repaired
    std::uint64_t max_bytes = kJournalMaxBytes;
    int keep = kJournalKeep;
    std::shared_ptr<Outlet> standard_output = {};  // for "-", if it is shared with others
  };
  // A regular file, or "-". Creates it with mode 0600 if it does not exist. Data after the last
  // line feed is moved to FILE.torn. The Error says what to fix.
  [[nodiscard]] static Result<JournalFile> open(Options options);

  struct Appended {
    std::size_t bytes = 0;  // written bytes, whole lines
    Result<Done> result = Done{};
  };
  // Writes all of `lines`, or none if it fails. Replaces a file that was moved meanwhile. Standard
  // output waits for room for at most `patience`; it may write some lines and then fail.
  [[nodiscard]] Appended append(std::string_view lines, Duration patience);

  // A problem that did not prevent writing: an incomplete line that was moved aside, a file that
  // could not be rotated. Each is returned once; "" is none.
  [[nodiscard]] std::string take_notice() { return std::exchange(notice_, {}); }

 private:
  explicit JournalFile(Options options) : options_(std::move(options)) {}
  Appended append_to_output(std::string_view lines, Duration patience);
  Result<Done> append_to_file(std::string_view lines);
  Result<Done> open_file();
  Result<Done> repair();
  Result<Done> set_aside(std::uint64_t from);
  Result<Done> rotate();
  [[nodiscard]] bool was_moved() const;
  [[nodiscard]] Error problem(std::string_view what) const;

  Options options_;
  UniqueFd file_;      // none for standard output
  bool torn_ = false;  // a line could neither be written nor taken back
  std::uint64_t size_ = 0;
  std::string notice_;
};

}  // namespace defenderd
