#pragma once
// Brings configuration files into memory, within bounds and with clear words for what is wrong.

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "desired/problem.h"

namespace defenderd {

inline constexpr std::size_t kMaxFileSize = 32U << 20U;    // bytes, of one file
inline constexpr std::size_t kMaxFiles = 1000;             // of one folder
inline constexpr std::size_t kMaxTotalSize = 128U << 20U;  // bytes, of all files of a folder

// What the file system tells of a file without reading it. A file whose stamp did not change is
// taken to be the same, but for a write within the resolution of its clock.
struct FileStamp {
  std::string name;
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::uint64_t size = 0;
  std::int64_t modified_ns = 0;
  std::int64_t changed_ns = 0;
  bool operator==(const FileStamp&) const = default;
};

// Where the content comes from: a file, or a folder whose *.yaml and *.yml files are taken in the
// order of their names. Hidden files and subfolders are passed over; links are followed.
class FileSet {
 public:
  using Texts = Result<std::vector<NamedText>, std::vector<Problem>>;

  explicit FileSet(std::string path) : path_(std::move(path)) {}

  [[nodiscard]] const std::string& path() const { return path_; }

  // A stamp per file; what cannot be looked at has an empty stamp of its name.
  [[nodiscard]] std::vector<FileStamp> stamps() const;

  // The content of every file, or a problem for each that cannot be read.
  [[nodiscard]] Texts load() const;

 private:
  std::string path_;
};

}  // namespace defenderd
