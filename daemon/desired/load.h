#pragma once
// Brings configuration files into memory, within bounds and with clear words for what is wrong.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "desired/problem.h"

namespace defenderd {

inline constexpr std::size_t kMaxFileSize = 32U << 20U;    // bytes, of one file
inline constexpr std::size_t kMaxFiles = 1000;             // of one folder
inline constexpr std::size_t kMaxTotalSize = 128U << 20U;  // bytes, of all files of a folder

// What the file system says of a file without reading it. A file whose stamp did not change is
// taken to be the same, but for a write within the resolution of its clock.
struct FileStamp {
  std::string name = {};
  bool is_file = false;  // false for a folder, and for what is not there
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::uint64_t size = 0;
  std::int64_t modified_ns = 0;
  std::int64_t changed_ns = 0;
  std::int64_t linked_ns = 0;  // when the newest link on the way to it was made; 0 without one
  bool operator==(const FileStamp&) const = default;

  // When anything happened to it last.
  [[nodiscard]] std::int64_t latest_ns() const {
    return std::max({modified_ns, changed_ns, linked_ns});
  }
};

// The name of a file that a folder is read for: *.yaml or *.yml, and not hidden.
[[nodiscard]] bool is_config_name(std::string_view name);

// Where the content comes from: a file, or a folder whose YAML files are taken in the order of
// their names. Subfolders are passed over; links are followed.
class FileSet {
 public:
  using Texts = Result<std::vector<NamedText>, std::vector<Problem>>;

  explicit FileSet(std::string path) : path_(std::move(path)) {}

  [[nodiscard]] const std::string& path() const { return path_; }

  // The path's own stamp, and one per file of a folder; what cannot be looked at has an empty stamp
  // of its name. Nothing when the file system does not answer.
  [[nodiscard]] std::vector<FileStamp> stamps() const;

  // The content of every file, or a problem for each that cannot be read.
  [[nodiscard]] Texts load() const;

 private:
  std::string path_;
};

}  // namespace defenderd
