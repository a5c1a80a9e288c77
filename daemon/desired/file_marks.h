#pragma once
// Compares files with what an earlier run had in force. It knows less of that than of its own files
// (core/file_mark.h), so it asks only what decides whether a restart may have come in the middle of
// an edit. Pure.

#include <string>
#include <string_view>
#include <vector>

#include "core/file_mark.h"
#include "desired/at_rest.h"
#include "desired/line_hashes.h"

namespace defenderd {

[[nodiscard]] FileMark mark_of(std::string_view path, const LineHashes& lines);

// A file as it is now.
struct MarkedFile {
  FileMark mark;
  const LineHashes* lines = nullptr;  // always set
  bool shows_its_end = false;         // no prefix of it is a document
  bool came_by_link = false;          // it was complete when it got its name
};

struct Odd {
  Oddity oddity = Oddity::None;
  std::string file = {};  // its name, without its folder
};
// EndMissing: a file has fewer lines than it had, and does not contain the last ones.
// FilesMissing: a file is gone while others were written; one that was only renamed is not gone.
[[nodiscard]] Odd odd_since(const std::vector<FileMark>& earlier,
                            const std::vector<MarkedFile>& now);

}  // namespace defenderd
