#pragma once
// What writing a file durably takes beyond one system call.

#include <string>
#include <string_view>

namespace defenderd {

// The folder that a path names something in.
[[nodiscard]] std::string folder_of(const std::string& path);

// All of `text`, however often the system takes only a part. errno says why not.
[[nodiscard]] bool write_all(int file, std::string_view text);

// Makes a file that was created or renamed in that folder outlast a power failure. errno says why
// not.
[[nodiscard]] bool sync_folder(const std::string& path);

}  // namespace defenderd
