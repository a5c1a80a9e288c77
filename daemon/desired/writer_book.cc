#include "desired/writer_book.h"

#include <sys/inotify.h>

#include "desired/load.h"

namespace defenderd {
namespace {

// A folder with this many changing files is not a configuration folder.
constexpr std::size_t kMostEntries = 4 * kMaxFiles;

}  // namespace

bool concerns(const WatchedFiles& files, int folder, std::string_view name) {
  if (!files.folders.contains(folder)) return false;
  return files.names.contains(std::string(name)) || (files.is_folder && is_config_name(name));
}

void WriterBook::record(int folder, std::uint32_t event, std::string_view name) {
  const auto set = [&](Writer writer) {
    if (entries_.size() >= kMostEntries) entries_.clear();
    entries_[Key(folder, name)] = writer;
  };
  if ((event & IN_Q_OVERFLOW) != 0) return forget();
  if ((event & IN_MODIFY) != 0) set(Writer::AtWork);
  if ((event & IN_CLOSE_WRITE) != 0) set(Writer::Done);
  // What was moved here was whole before; if it is still written, the next event says so.
  if ((event & IN_MOVED_TO) != 0) set(Writer::Placed);
  if ((event & (IN_DELETE | IN_MOVED_FROM)) != 0) entries_.erase(Key(folder, name));
  if ((event & IN_IGNORED) != 0) {  // the folder is gone
    std::erase_if(entries_, [&](const auto& entry) { return entry.first.first == folder; });
  }
}

Writer WriterBook::take(const WatchedFiles& files) {
  Writer result = Writer::Unknown;
  for (auto entry = entries_.begin(); entry != entries_.end();) {
    const auto& [folder, name] = entry->first;
    if (!concerns(files, folder, name)) {
      ++entry;
    } else if (entry->second == Writer::AtWork) {
      result = Writer::AtWork;
      ++entry;
    } else {
      // Files of a folder are often renamed into place one after the other.
      const bool placed = entry->second == Writer::Placed && !files.is_folder;
      if (result == Writer::Unknown || (result == Writer::Placed && !placed)) {
        result = placed ? Writer::Placed : Writer::Done;
      }
      entry = entries_.erase(entry);
    }
  }
  return result;
}

}  // namespace defenderd
