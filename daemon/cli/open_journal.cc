#include "cli/open_journal.h"

#include <pwd.h>
#include <unistd.h>

#include <utility>
#include <vector>

#include "app/build_info.h"
#include "base/text.h"

namespace defenderd {

std::string user_name() {
  const uid_t user = getuid();
  constexpr std::size_t kRoom = 16384;
  std::vector<char> room(kRoom);
  passwd entry{};
  passwd* found = nullptr;
  if (getpwuid_r(user, &entry, room.data(), room.size(), &found) == 0 && found != nullptr)
    return printable(found->pw_name, 64);
  return "uid " + std::to_string(user);
}

Result<std::unique_ptr<Journal>> open_journal(SweepSession& session) {
  const std::string& path = session.settings().journal_file;
  if (path.empty() || path == "-") return std::unique_ptr<Journal>();
  Journal::Options options;
  options.file.path = path;
  options.version = kVersion;
  options.by = user_name();
  return Journal::open(std::move(options), session.clock(), session.log());
}

}  // namespace defenderd
