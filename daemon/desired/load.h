#pragma once
// Loads configuration files into memory, within limits and with clear error messages.

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

// What the file system says about a file without reading it. A file whose stamp did not change
// counts as unchanged, except for a write within the resolution of its clock.
struct FileStamp {
  std::string name = {};
  bool is_file = false;  // false for a folder, and for what does not exist
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::uint64_t size = 0;
  std::int64_t modified_ns = 0;
  std::int64_t changed_ns = 0;
  std::int64_t linked_ns = 0;  // when the newest link on the way to it was created; 0 without one
  bool operator==(const FileStamp&) const = default;

  // The time of its last change of any kind.
  [[nodiscard]] std::int64_t latest_ns() const {
    return std::max({modified_ns, changed_ns, linked_ns});
  }
};

// The name of a file that is read in a folder: *.yaml or *.yml, and not hidden.
[[nodiscard]] bool is_config_name(std::string_view name);

// Of what is at that path; may block (base/slow_call.h).
[[nodiscard]] FileStamp stamp_of(const std::string& name);

// FileSource's access to the file system.
class Files {
 public:
  using Texts = Result<std::vector<NamedText>, std::vector<Problem>>;

  Files() = default;
  Files(const Files&) = delete;
  Files& operator=(const Files&) = delete;
  virtual ~Files() = default;

  [[nodiscard]] virtual const std::string& path() const = 0;

  // The path's own stamp, and one per file of a folder; a file that cannot be accessed has an empty
  // stamp with its name. Nothing if the file system does not answer.
  [[nodiscard]] virtual std::vector<FileStamp> stamps() const = 0;

  // The content of every file, or a problem for each that cannot be read.
  [[nodiscard]] virtual Texts load() const = 0;

  // True if certainly no process has any of these files open for writing.
  [[nodiscard]] virtual bool none_open_for_writing(const std::vector<std::string>& names) const = 0;
};

// The source of the content: a file, or a folder whose YAML files are read in the order of their
// names. Subfolders are ignored; links are followed.
class FileSet final : public Files {
 public:
  explicit FileSet(std::string path) : path_(std::move(path)) {}

  [[nodiscard]] const std::string& path() const override { return path_; }
  [[nodiscard]] std::vector<FileStamp> stamps() const override;
  [[nodiscard]] Texts load() const override;
  [[nodiscard]] bool none_open_for_writing(const std::vector<std::string>& names) const override;

 private:
  std::string path_;
};

}  // namespace defenderd
