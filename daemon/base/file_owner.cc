#include "base/file_owner.h"

#include <fcntl.h>
#include <pwd.h>
#include <unistd.h>

#include <cerrno>
#include <vector>

#include "base/text.h"
#include "base/write_file.h"

namespace defenderd {
namespace {

// For chown, which takes a number as well.
std::string user_argument(uid_t user) {
  const std::string name = user_name(user);
  return name.find(' ') == std::string::npos ? name : std::to_string(user);
}

std::string mode_text(mode_t mode) {
  std::string text = "0000";
  for (std::size_t digit = 4; digit-- > 0; mode >>= 3U)
    text[digit] = static_cast<char>('0' + (mode & 7U));
  return text;
}

}  // namespace

std::string user_name(uid_t user) {
  constexpr std::size_t kRoom = 16384;
  std::vector<char> room(kRoom);
  passwd entry{};
  passwd* found = nullptr;
  if (getpwuid_r(user, &entry, room.data(), room.size(), &found) == 0 && found != nullptr)
    return printable(found->pw_name, 64);
  return "uid " + std::to_string(user);
}

void give_to_owner_of(int file, const struct stat& other) {
  if (geteuid() != 0) return;
  // Without CAP_CHOWN it stays root's, and a start that cannot use it says so.
  static_cast<void>(fchown(file, other.st_uid, other.st_gid) == 0);
}

UniqueFd open_or_create(const std::string& path, int flags, mode_t mode) {
  // O_EXCL follows no link: what root gives away is always the file that it has just created.
  UniqueFd created(::open(path.c_str(), flags | O_CREAT | O_EXCL, mode));
  if (created.is_open()) {
    struct stat folder {};
    if (stat(folder_of(path).c_str(), &folder) == 0) give_to_owner_of(created.get(), folder);
    return created;
  }
  if (errno != EEXIST) return created;
  return UniqueFd(::open(path.c_str(), flags | O_CREAT, mode));
}

std::string lacking_permission(const std::string& path, int mode) {
  struct stat status {};
  const int before = errno;
  const bool lacks = ::stat(path.c_str(), &status) == 0 &&
                     ::faccessat(AT_FDCWD, path.c_str(), mode, AT_EACCESS) != 0 && errno == EACCES;
  errno = before;
  if (!lacks) return {};
  const uid_t user = geteuid();
  std::string text = "; it belongs to " + user_name(status.st_uid) + " (mode " +
                     mode_text(status.st_mode & 07777U) + "), and defenderd runs as " +
                     user_name(user);
  return text + (status.st_uid == user ? ": chmod 600 " : ": chown " + user_argument(user) + " ") +
         path;
}

}  // namespace defenderd
