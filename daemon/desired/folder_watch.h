#pragma once
// Wakes whoever follows files when something happens in the folders that hold them: renaming into
// place, writing in place, the swap of links by which kubelet updates a ConfigMap, deleting and
// creating again. It says that something happened, never what: the content decides (FileSource).
//
// By inotify(7), which reports what this machine does. Changes that another machine makes on a
// network file system are not reported, so that its user looks by himself now and then as well.

#include <stop_token>
#include <string>
#include <vector>

#include "base/clock.h"

namespace defenderd {

// One thread at a time.
class FolderWatch {
 public:
  // Files, or folders of files; they need not be there yet.
  explicit FolderWatch(std::vector<std::string> paths);
  ~FolderWatch();
  FolderWatch(const FolderWatch&) = delete;
  FolderWatch& operator=(const FolderWatch&) = delete;

  // Why nothing can be watched at all, for people; "" when that is not so.
  [[nodiscard]] const std::string& unavailable() const { return unavailable_; }

  // True when each path was watched at the last wait(); false while a folder is missing, or where
  // the system gives no watch.
  [[nodiscard]] bool complete() const { return complete_; }

  // Waits until something happened since the last call: true. False when `patience` has passed or
  // `stop` is requested.
  bool wait(Duration patience, const std::stop_token& stop);

 private:
  void watch_again();
  [[nodiscard]] bool watch(const std::string& folder) const;
  [[nodiscard]] bool drain() const;

  const std::vector<std::string> paths_;
  std::string unavailable_;
  int events_ = -1;  // of inotify
  int wake_ = -1;    // an eventfd that ends a wait early
  bool complete_ = false;
};

}  // namespace defenderd
