#pragma once
// What it takes to write a file durably, beyond one system call.

#include <string>
#include <string_view>

namespace defenderd {

// The folder that contains the file of a path.
[[nodiscard]] std::string folder_of(const std::string& path);

// Writes all of `text`, even if the system writes it in parts. errno says why it failed.
[[nodiscard]] bool write_all(int file, std::string_view text);

// Makes a file that was created or renamed in that folder survive a power failure. errno says why
// it failed.
[[nodiscard]] bool sync_folder(const std::string& path);

}  // namespace defenderd
