#pragma once
// Reads files whose paths a user configured: desired files, settings, secrets, certificates.
//
// Such a path may be anything. Only regular files are read: opening a named pipe waits for its
// writer, and opening a device may have effects. Size and time are bounded, because a network file
// system whose server is gone blocks forever.

#include <sys/stat.h>

#include <cstddef>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "base/slow_call.h"

namespace defenderd {

// As read_file() says it.
inline constexpr const char* kNoSuchFile = "no such file";

// The content of a regular file of at most `max_bytes`. The Error is the reason without the path:
// "no such file", "a named pipe, expected a regular file". Thread-safe.
[[nodiscard]] Result<std::string> read_file(const std::string& path, std::size_t max_bytes,
                                            Duration deadline = kFileDeadline);

// The same without helper and deadline, for callers that are on a helper thread already.
[[nodiscard]] Result<std::string> read_file_here(const std::string& path, std::size_t max_bytes);

// st_mode of what is at that path; nullopt where there is nothing, or the file system does not
// answer in time.
[[nodiscard]] std::optional<mode_t> file_mode(const std::string& path,
                                              Duration deadline = kFileDeadline);

}  // namespace defenderd
