#pragma once
// Files that root creates in place of the user who works with them, and files of another user.
//
// A command that is run once as root must not take a daemon's files away from it.

#include <sys/stat.h>

#include <string>

#include "base/unique_fd.h"

namespace defenderd {

// "alice", or "uid 1000" where it has no name.
[[nodiscard]] std::string user_name(uid_t user);

// Opens the file with `flags` (without O_CREAT), or creates it with this mode. As root, a new file
// gets the owner of its folder. errno says why it failed.
[[nodiscard]] UniqueFd open_or_create(const std::string& path, int flags, mode_t mode);

// As root: gives a file that this process created the owner and group of another.
void give_to_owner_of(int file, const struct stat& other);

// "; it belongs to root (mode 0600), and this process runs as alice: chown alice FILE" if this user
// lacks the permission for `mode` of access(2), or "" if that is not the reason.
[[nodiscard]] std::string lacking_permission(const std::string& path, int mode);

}  // namespace defenderd
