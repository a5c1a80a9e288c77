#pragma once
// `defenderd version` and `defenderd --version`.

#include <string>

namespace defenderd {

// Version and revision in the first line, then the compiler and the libraries.
[[nodiscard]] std::string version_text();
// The same as a JSON object, with a line end.
[[nodiscard]] std::string version_json();

}  // namespace defenderd
