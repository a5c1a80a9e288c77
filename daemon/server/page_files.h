#pragma once
// The files of the status page, and the description of the API, which the build embeds in the
// program.

#include <string_view>
#include <vector>

namespace defenderd {

struct PageFile {
  std::string_view path;  // "/style.css"
  std::string_view content;
};
[[nodiscard]] const std::vector<PageFile>& page_files();

// deploy/openapi.json alone, as "/openapi.json".
[[nodiscard]] const std::vector<PageFile>& api_description();

}  // namespace defenderd
