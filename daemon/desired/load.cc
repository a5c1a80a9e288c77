#include "desired/load.h"

#include <sys/stat.h>

#include <algorithm>
#include <deque>
#include <filesystem>
#include <system_error>
#include <utility>

#include "base/read_file.h"
#include "base/slow_call.h"
#include "desired/open_writers.h"

namespace defenderd {
namespace {

namespace fs = std::filesystem;

std::string mebibytes(std::size_t bytes) { return std::to_string(bytes >> 20U) + " MiB"; }

std::int64_t nanoseconds(const timespec& time) {
  return static_cast<std::int64_t>(time.tv_sec) * 1'000'000'000 + time.tv_nsec;
}

// Links on the way to `path` are followed manually, because only their own times show a swap:
// kubelet creates a folder with the new files, and then a link to it.
std::int64_t newest_link(const fs::path& path) {
  constexpr int kMaxLinks = 40;  // the kernel's limit
  std::int64_t newest = 0;
  int links = 0;
  std::deque<fs::path> ahead(path.begin(), path.end());
  fs::path at;
  while (!ahead.empty()) {
    const fs::path next = at / ahead.front();
    ahead.pop_front();
    struct stat status {};
    if (::lstat(next.c_str(), &status) != 0) return newest;
    if (!S_ISLNK(status.st_mode)) {
      at = next;
      continue;
    }
    newest = std::max(newest, nanoseconds(status.st_ctim));
    std::error_code error;
    const fs::path target = fs::read_symlink(next, error);
    if (error || ++links > kMaxLinks) return newest;
    ahead.insert(ahead.begin(), target.begin(), target.end());  // an absolute one replaces `at`
  }
  return newest;
}

// The files of `path`: itself, or those of the folder.
Result<std::vector<std::string>> list(const std::string& path) {
  std::error_code error;
  if (!fs::is_directory(path, error)) return std::vector<std::string>{path};
  std::vector<std::string> names;
  fs::directory_iterator it(path, error);
  for (const fs::directory_iterator end; !error && it != end; it.increment(error)) {
    std::error_code ignored;  // a dangling link is listed, so that reading it says so
    if (is_config_name(it->path().filename().string()) && !it->is_directory(ignored))
      names.push_back(it->path().string());
  }
  if (error) return Unexpected(Error{"cannot be listed: " + error.message()});
  if (names.empty()) {
    return Unexpected(Error{"a folder without files: expected at least one *.yaml or *.yml"});
  }
  if (names.size() > kMaxFiles) {
    return Unexpected(Error{"a folder with more than " + std::to_string(kMaxFiles) +
                            " files: expected one per team"});
  }
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace

bool is_config_name(std::string_view name) {
  return !name.starts_with('.') && (name.ends_with(".yaml") || name.ends_with(".yml"));
}

FileStamp stamp_of(const std::string& name) {
  FileStamp stamp{.name = name};
  struct stat status {};
  if (::stat(name.c_str(), &status) != 0) return stamp;
  stamp.is_file = S_ISREG(status.st_mode);
  stamp.device = status.st_dev;
  stamp.inode = status.st_ino;
  stamp.size = static_cast<std::uint64_t>(status.st_size);
  stamp.modified_ns = nanoseconds(status.st_mtim);
  stamp.changed_ns = nanoseconds(status.st_ctim);
  stamp.linked_ns = newest_link(name);
  return stamp;
}

std::vector<FileStamp> FileSet::stamps() const {
  auto stamps = within(kFileDeadline, path_, [path = path_] {
    std::vector<FileStamp> result{stamp_of(path)};
    const auto names = list(path);
    if (names) {
      for (const std::string& name : *names) {
        if (name != path) result.push_back(stamp_of(name));
      }
    }
    return Result<std::vector<FileStamp>>(std::move(result));
  });
  return stamps ? *std::move(stamps) : std::vector<FileStamp>();
}

bool FileSet::none_open_for_writing(const std::vector<std::string>& names) const {
  return defenderd::none_open_for_writing(names);
}

Files::Texts FileSet::load() const {
  const auto names = within(kFileDeadline, path_, [path = path_] { return list(path); });
  if (!names) {
    return Unexpected(std::vector<Problem>{{.file = path_, .message = names.error().message}});
  }
  std::vector<NamedText> texts;
  std::vector<Problem> problems;
  std::size_t total = 0;
  for (const std::string& name : *names) {
    auto text = read_file(name, kMaxFileSize);
    if (!text) {
      problems.push_back({.file = name, .message = std::move(text.error().message)});
      continue;
    }
    total += text->size();
    if (total > kMaxTotalSize) {
      problems.push_back({.file = path_,
                          .message = "a folder with more than " + mebibytes(kMaxTotalSize) +
                                     " in its files: delete what is not needed"});
      break;
    }
    texts.push_back({name, std::move(*text)});
  }
  if (!problems.empty()) return Unexpected(std::move(problems));
  return texts;
}

}  // namespace defenderd
