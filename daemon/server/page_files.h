#pragma once
// The files of the status page, which the build embeds in the program.

#include <string_view>
#include <vector>

namespace defenderd {

struct PageFile {
  std::string_view path;  // "/style.css"
  std::string_view content;
};
[[nodiscard]] const std::vector<PageFile>& page_files();

}  // namespace defenderd
