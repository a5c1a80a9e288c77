#pragma once
// What is remembered of a file that was in force, across a restart: enough to see whether another
// text may be its first part.

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace defenderd {

struct FileMark {
  std::string name;       // without its folder
  std::size_t lines = 0;  // without blank ones at the end
  std::uint64_t hash = 0;
  std::vector<std::uint32_t> end = {};  // hashes of the last lines, few, that make its end unique
  bool operator==(const FileMark&) const = default;
};

}  // namespace defenderd
