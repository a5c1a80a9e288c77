#pragma once
// Files that contain secrets: read each time, because they are updated while mounted.

#include <string>

#include "base/only_secret.h"
#include "base/result.h"
#include "base/secret.h"

namespace defenderd {

// The content of a small file. Errors name the file, never its content.
[[nodiscard]] Result<Secret> read_small_file(const std::string& path);

// The secret in a file with one line, as only_secret() takes it.
[[nodiscard]] Result<Secret> read_secret_file(const std::string& path, SecretKind kind);

}  // namespace defenderd
