#pragma once
// Asks the kernel whether somebody has a file open for writing.

#include <string>
#include <vector>

namespace defenderd {

// True if no process of this machine has any of these files open for writing. False if one has,
// and if the kernel cannot tell: the files of other users without CAP_LEASE, network file
// systems.
[[nodiscard]] bool none_open_for_writing(const std::vector<std::string>& paths);

}  // namespace defenderd
