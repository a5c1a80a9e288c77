#include "desired/file_marks.h"

#include <algorithm>

namespace defenderd {
namespace {

// FNV-1a.
std::uint64_t hash_of(const LineHashes& lines) {
  std::uint64_t hash = 14695981039346656037ULL;
  for (const std::uint32_t line : lines) hash = (hash ^ line) * 1099511628211ULL;
  return hash;
}

bool same_content(const FileMark& a, const FileMark& b) {
  return a.hash == b.hash && a.lines == b.lines;
}

template <class Files, class Wanted>
auto find_if(const Files& files, const Wanted& wanted) {
  return std::find_if(files.begin(), files.end(), wanted);
}

bool lacks_the_end_of(const MarkedFile& file, const FileMark& earlier) {
  const LineHashes& lines = *file.lines;
  if (file.shows_its_end || lines.empty() || lines.size() >= earlier.lines) return false;
  return std::search(lines.begin(), lines.end(), earlier.end.begin(), earlier.end.end()) ==
         lines.end();
}

}  // namespace

FileMark mark_of(std::string_view path, const LineHashes& lines) {
  const std::size_t folder = path.rfind('/');
  if (folder != std::string_view::npos) path.remove_prefix(folder + 1);
  return {std::string(path), lines.size(), hash_of(lines), unique_end(lines)};
}

Odd odd_since(const std::vector<FileMark>& earlier, const std::vector<MarkedFile>& now) {
  Odd odd;
  bool written = false;
  for (const MarkedFile& file : now) {
    const auto before =
        find_if(earlier, [&](const FileMark& one) { return one.name == file.mark.name; });
    if (before != earlier.end() && lacks_the_end_of(file, *before))
      odd = {Oddity::EndMissing, file.mark.name};
    const bool is_known = std::any_of(earlier.begin(), earlier.end(), [&](const FileMark& one) {
      return same_content(one, file.mark);
    });
    written = written || (!is_known && !file.came_by_link);
  }
  if (!written) return odd;
  for (const FileMark& one : earlier) {
    const auto is_there = [&](const MarkedFile& file) {
      return file.mark.name == one.name || same_content(file.mark, one);
    };
    if (find_if(now, is_there) == now.end()) return {Oddity::FilesMissing, one.name};
  }
  return odd;
}

}  // namespace defenderd
