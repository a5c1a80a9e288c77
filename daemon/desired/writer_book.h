#pragma once
// What the events of watched folders say about the writers of files: who has started and not closed
// yet, and who has finished. Only bookkeeping; FolderWatch reads the events.

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "desired/at_rest.h"

namespace defenderd {

// The files behind one path, as names in watched folders.
struct WatchedFiles {
  std::string path = {};
  std::set<int> folders = {};        // watch descriptors of inotify
  std::set<std::string> names = {};  // of the path itself, and of what it leads to
  bool is_folder = false;            // then all of its YAML files count, too
};

// True if the event is about one of the files.
[[nodiscard]] bool concerns(const WatchedFiles& files, int folder, std::string_view name);

class WriterBook {
 public:
  // An event of inotify(7) about `name` in `folder`.
  void record(int folder, std::uint32_t event, std::string_view name);

  // Events were lost, so nothing is known any more.
  void forget() { entries_.clear(); }

  // What is known about the writers of `files`. That they are done is reported once.
  [[nodiscard]] Writer take(const WatchedFiles& files);

 private:
  using Key = std::pair<int, std::string>;
  std::map<Key, Writer> entries_ = {};  // never Unknown
};

}  // namespace defenderd
