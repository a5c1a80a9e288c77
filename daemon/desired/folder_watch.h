#pragma once
// Wakes the reader of files when something happens in their folders: a rename into place, a write
// in place, the swap of links by which kubelet updates a ConfigMap, deleting and creating again. It
// reports that something happened, and whether a writer has finished; FileSource finds out what the
// files contain now.
//
// Uses inotify(7), which reports changes by this machine. Changes that another machine makes on a
// network file system are not reported, so its user also polls now and then.

#include <cstdint>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/unique_fd.h"
#include "desired/at_rest.h"
#include "desired/writer_book.h"

namespace defenderd {

// One thread at a time, except wake().
class FolderWatch {
 public:
  // Files, or folders of files; they need not exist yet.
  explicit FolderWatch(std::vector<std::string> paths);
  ~FolderWatch();
  FolderWatch(const FolderWatch&) = delete;
  FolderWatch& operator=(const FolderWatch&) = delete;

  // Why nothing can be watched, for people; "" if something can.
  [[nodiscard]] const std::string& unavailable() const { return unavailable_; }

  // True if each path was watched at the last wait(); false while a folder is missing, if the
  // system grants no watch, or if the file system does not answer.
  [[nodiscard]] bool complete() const { return complete_; }

  // Returns true once something happened since the last call, or somebody calls wake(). False if
  // `patience` has passed or `stop` is requested.
  bool wait(Duration patience, const std::stop_token& stop);
  void wake();

  // What is known about the writers of the files at the watched `path`. That they are done is
  // reported once.
  [[nodiscard]] Writer take_writer(const std::string& path);

 private:
  class Events;
  bool await(SteadyTime end) const;
  void watch_again();
  bool drain();
  bool record(int folder, std::uint32_t event, std::string_view name);

  const std::vector<std::string> paths_;
  std::string unavailable_;
  std::shared_ptr<const Events> events_;  // shared with a call that may not return
  UniqueFd wake_;                         // an eventfd that ends a wait early
  bool complete_ = false;
  std::vector<WatchedFiles> watched_;
  WriterBook writers_;
};

}  // namespace defenderd
