#include "cli/open_journal.h"

#include <unistd.h>

#include <utility>

#include "app/build_info.h"
#include "base/file_owner.h"

namespace defenderd {

std::string user_name() { return user_name(getuid()); }

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
