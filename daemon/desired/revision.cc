#include "desired/revision.h"

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <system_error>

#include "base/read_file.h"
#include "base/slow_call.h"
#include "base/text.h"

namespace defenderd {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxFile = 4096;
constexpr std::size_t kMaxRevision = 200;

std::string beside(const std::string& desired_path) {
  std::error_code error;
  const fs::path path(desired_path);
  return ((fs::is_directory(path, error) ? path : path.parent_path()) / "revision").string();
}

bool is_visible(char c) { return c > ' ' && c <= '~'; }

}  // namespace

std::string read_revision(const std::string& file, const std::string& desired_path) {
  const auto text = within(kFileDeadline, desired_path, [file, desired_path] {
    return read_file_here(file.empty() ? beside(desired_path) : file, kMaxFile);
  });
  if (!text) return "";
  const std::string_view line = trim(std::string_view(*text).substr(0, text->find('\n')));
  if (line.size() > kMaxRevision || !std::all_of(line.begin(), line.end(), is_visible)) return "";
  return std::string(line);
}

}  // namespace defenderd
