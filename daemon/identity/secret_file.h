#pragma once
// Files that hold secrets: read anew each time, because what mounts them changes them.

#include <string>

#include "base/result.h"
#include "base/secret.h"

namespace defenderd {

// The whole of a small file. Errors name the file, never its content.
[[nodiscard]] Result<Secret> read_small_file(const std::string& path);

// The trimmed content of a file that holds one line: a client secret, a token.
[[nodiscard]] Result<Secret> read_secret_file(const std::string& path);

}  // namespace defenderd
