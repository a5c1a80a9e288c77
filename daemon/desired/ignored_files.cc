#include "desired/ignored_files.h"

#include <algorithm>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <utility>

#include "base/scrub.h"
#include "base/slow_call.h"
#include "base/text.h"
#include "desired/load.h"

namespace defenderd {
namespace {

namespace fs = std::filesystem;

// More would hide the other warnings.
constexpr std::size_t kMost = 20;

bool looks_like_config(const std::string& name) {
  const std::string lower = to_lower(name);
  return !lower.starts_with('.') && (is_config_name(lower) || lower.ends_with(".json"));
}

// Calls `each` with every entry that is not hidden, as those that kubelet links are.
template <class Each>
void each_entry(const fs::path& folder, const Each& each) {
  std::error_code error;
  fs::directory_iterator it(folder, error);
  for (const fs::directory_iterator end; !error && it != end; it.increment(error)) {
    if (!it->path().filename().string().starts_with('.')) each(*it);
  }
}

bool has_config(const fs::path& folder) {
  bool found = false;
  each_entry(folder, [&](const fs::directory_entry& entry) {
    found = found || looks_like_config(entry.path().filename().string());
  });
  return found;
}

std::vector<IgnoredFile> look(const std::string& path) {
  std::vector<IgnoredFile> ignored;
  std::error_code error;
  if (!fs::is_directory(path, error)) return ignored;
  each_entry(path, [&](const fs::directory_entry& entry) {
    const std::string name = entry.path().filename().string();
    std::error_code unknown;
    if (entry.is_directory(unknown)) {
      if (has_config(entry.path())) {
        ignored.push_back({entry.path().string(),
                           "is not read: move its files up, because subfolders are ignored"});
      }
    } else if (looks_like_config(name) && !is_config_name(name)) {
      ignored.push_back(
          {entry.path().string(), "is not read: rename it, because only *.yaml and *.yml are"});
    }
  });
  std::sort(ignored.begin(), ignored.end(),
            [](const IgnoredFile& a, const IgnoredFile& b) { return a.path < b.path; });
  if (ignored.size() <= kMost) return ignored;
  const std::size_t more = ignored.size() - kMost;
  ignored.resize(kMost);
  ignored.push_back({path, "and " + std::to_string(more) + " more in it are not read"});
  return ignored;
}

}  // namespace

std::string format(const IgnoredFile& ignored) {
  return shown_path(ignored.path) + ": " + ignored.why;
}

std::vector<IgnoredFile> ignored_files(const std::string& path) {
  auto found =
      within(kFileDeadline, path, [path] { return Result<std::vector<IgnoredFile>>(look(path)); });
  return found ? *std::move(found) : std::vector<IgnoredFile>();
}

}  // namespace defenderd
