#pragma once
// The file under the journal: whole lines are appended and on the disk before append() returns, and
// a line that a crash has torn is taken away at the next start.

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
inline constexpr int kJournalKeep = 3;  // of these beside the present one

// Not thread-safe: its owner locks.
class JournalFile {
 public:
  struct Options {
    std::string path;  // "-" is standard output, which is neither rotated nor repaired
    std::uint64_t max_bytes = kJournalMaxBytes;
    int keep = kJournalKeep;
    std::shared_ptr<Outlet> standard_output = {};  // for "-", where it is shared with others
  };
  // A regular file, or "-". Creates it with mode 0600 where it is not there. What follows the last
  // line feed goes to FILE.torn. The Error says what to mend.
  [[nodiscard]] static Result<JournalFile> open(Options options);

  struct Appended {
    std::size_t bytes = 0;  // that were written, whole lines
    Result<Done> result = Done{};
  };
  // All of `lines`, or none where it fails. A file that was moved or removed meanwhile is replaced.
  // Standard output waits for room for at most `patience`, and may take some of them and fail then.
  [[nodiscard]] Appended append(std::string_view lines, Duration patience);

  // What somebody should know although it kept nothing from being written: a torn line that was set
  // aside, a file that could not be rotated. Once each; "" is nothing.
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
