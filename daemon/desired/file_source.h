#pragma once
// Follows configuration files as they change. Polled: whoever watches the folder, or only a clock,
// calls poll() when something may have happened.
//
// A change counts once two looks in a row found the same, so that a file that is half written, or a
// folder in the middle of a swap of links, is not taken for what someone wanted. After a look that
// found something new settling() is true, and poll() should be called again in kSettleTime.

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "desired/load.h"

namespace defenderd {

inline constexpr Duration kSettleTime = std::chrono::milliseconds(150);

// One thread at a time.
class FileSource {
 public:
  explicit FileSource(std::string path) : files_(std::move(path)) {}

  [[nodiscard]] const std::string& path() const { return files_.path(); }

  // nullopt: nothing new. Otherwise the new content, or why it cannot be read; either is given
  // once. The first call always gives what is there. Costs a stat per file while nothing changes.
  [[nodiscard]] std::optional<FileSet::Texts> poll();

  // True while a change has been seen that is not given yet: poll again soon.
  [[nodiscard]] bool settling() const { return looks_ > 0; }

 private:
  FileSet files_;
  std::vector<FileStamp> stamps_ = {};  // at the last look
  std::string given_ = {};              // hash of what poll() gave last; "" before the first
  std::string seen_ = {};               // hash at the last look
  bool confirmed_ = false;              // two looks with these stamps found the same content
  int looks_ = 0;                       // that found something new, but not twice the same
};

// A FileSource with the reading of its content: T is Settings or DesiredState. The last good T is
// the caller's to keep, as a bad one never replaces it.
template <class T>
class Source {
 public:
  using Read = std::function<Result<T, std::vector<Problem>>(const std::vector<NamedText>&)>;

  Source(std::string path, Read read) : files_(std::move(path)), read_(std::move(read)) {}

  [[nodiscard]] const std::string& path() const { return files_.path(); }
  [[nodiscard]] bool settling() const { return files_.settling(); }

  // nullopt: nothing new. Otherwise a new value, or every problem that keeps it from being one.
  [[nodiscard]] std::optional<Result<T, std::vector<Problem>>> poll() {
    auto texts = files_.poll();
    if (!texts) return std::nullopt;
    if (!*texts) return Unexpected(std::move(texts->error()));
    return read_(**texts);
  }

 private:
  FileSource files_;
  Read read_;
};

}  // namespace defenderd
