#pragma once
// What looks like a part of a folder of configuration files and is not read.

#include <string>
#include <vector>

namespace defenderd {

struct IgnoredFile {
  std::string path;
  std::string why;  // with what to do
  bool operator==(const IgnoredFile&) const = default;
};
[[nodiscard]] std::string format(const IgnoredFile& ignored);  // "path: why"

// Of the folder at `path`, by name: files with another ending for YAML or JSON, and subfolders with
// YAML files. Nothing if it is a file, or if the file system does not answer.
[[nodiscard]] std::vector<IgnoredFile> ignored_files(const std::string& path);

}  // namespace defenderd
