#pragma once
// The files of the desired state in force, as a section of the state document: a list.

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "core/file_mark.h"

namespace defenderd {

inline constexpr std::string_view kFilesSection = "files";

[[nodiscard]] std::string format(const std::vector<FileMark>& files);
[[nodiscard]] Result<std::vector<FileMark>> parse_files_section(std::string_view text);

}  // namespace defenderd
