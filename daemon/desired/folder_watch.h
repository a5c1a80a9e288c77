#pragma once
// Wakes whoever follows files when something happens in the folders that hold them: renaming into
// place, writing in place, the swap of links by which kubelet updates a ConfigMap, deleting and
// creating again. It says that something happened, and whether a writer has finished; what is in
// the files now is for FileSource to find out.
//
// By inotify(7), which reports what this machine does. Changes that another machine makes on a
// network file system are not reported, so that its user looks by himself now and then as well.

#include <cstdint>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "desired/at_rest.h"
#include "desired/writer_book.h"

namespace defenderd {

// One thread at a time, but for wake().
class FolderWatch {
 public:
  // Files, or folders of files; they need not be there yet.
  explicit FolderWatch(std::vector<std::string> paths);
  ~FolderWatch();
  FolderWatch(const FolderWatch&) = delete;
  FolderWatch& operator=(const FolderWatch&) = delete;

  // Why nothing can be watched at all, for people; "" when that is not so.
  [[nodiscard]] const std::string& unavailable() const { return unavailable_; }

  // True when each path was watched at the last wait(); false while a folder is missing, where the
  // system gives no watch, and where the file system does not answer.
  [[nodiscard]] bool complete() const { return complete_; }

  // Waits until something happened since the last call, or somebody calls wake(): true. False when
  // `patience` has passed or `stop` is requested.
  bool wait(Duration patience, const std::stop_token& stop);
  void wake();

  // What is known of the writers of the files at `path`, one of those that are watched. That they
  // are done is said once.
  [[nodiscard]] Writer take_writer(const std::string& path);

 private:
  class Events;
  bool await(SteadyTime end) const;
  void watch_again();
  bool drain();
  bool record(int folder, std::uint32_t event, std::string_view name);

  const std::vector<std::string> paths_;
  std::string unavailable_;
  std::shared_ptr<const Events> events_;  // shared with a call that does not come back
  int wake_ = -1;                         // an eventfd that ends a wait early
  bool complete_ = false;
  std::vector<WatchedFiles> watched_;
  WriterBook writers_;
};

}  // namespace defenderd
