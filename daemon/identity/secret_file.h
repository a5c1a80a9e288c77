#pragma once
// Files that contain secrets: read each time, because they are updated while mounted.

#include <string>

#include "base/result.h"
#include "base/secret.h"

namespace defenderd {

// The content of a small file. Errors name the file, never its content.
[[nodiscard]] Result<Secret> read_small_file(const std::string& path);

// The trimmed content of a file with one line: a client secret, a token.
[[nodiscard]] Result<Secret> read_secret_file(const std::string& path);

}  // namespace defenderd
