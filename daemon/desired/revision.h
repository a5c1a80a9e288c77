#pragma once
// Which commit the desired state comes from, for the log and the journal: only whoever delivered
// the files knows, and says so in a file.

#include <string>

namespace defenderd {

// The first line of `file`, or without one of the file `revision` beside the desired state: in its
// folder, or next to its file. "" where there is none, or its first line is not a revision: up to
// 200 letters, digits and signs without blanks. Reads from the file system, for at most
// kFileDeadline.
[[nodiscard]] std::string read_revision(const std::string& file, const std::string& desired_path);

}  // namespace defenderd
