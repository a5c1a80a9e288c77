#pragma once
// The state document as a file of mode 0600. It is replaced as a whole: written next to it, synced,
// then renamed, so that a crash leaves the old one or the new one. A symbolic link stays, and the
// file that it leads to is replaced. Written by root, it keeps its owner, or gets its folder's.

#include <memory>
#include <string>

#include "base/unique_fd.h"
#include "telemetry/state_store.h"

namespace defenderd {

// Each call returns within kFileDeadline. After one that has not returned, others fail at once
// until it does.
class StateFile final : public StateStore {
 public:
  // Holds FILE.lock while it lives, so that no two processes replace one file. The Error says what
  // to fix, also if the document or the lock belongs to another user. If the folder takes no file
  // (it is not writable, the disk is full), each save() tries to take the lock, and fails without.
  [[nodiscard]] static Result<std::unique_ptr<StateFile>> open(std::string path);
  // For readers: without the lock, and only for load().
  [[nodiscard]] static std::unique_ptr<StateFile> open_to_read(std::string path);

  [[nodiscard]] Result<std::optional<std::string>> load() override;
  [[nodiscard]] Result<Done> save(std::string_view document) override;
  [[nodiscard]] bool fits(std::string_view document) const override;
  // As FILE.damaged, or FILE.damaged.1 and so on: earlier ones stay, but the last of many.
  [[nodiscard]] Result<std::string> set_aside() override;
  [[nodiscard]] bool was_replaced() override;

 private:
  using Lock = std::shared_ptr<const UniqueFd>;

  StateFile(std::string path, Lock lock) : path_(std::move(path)), lock_(std::move(lock)) {}

  const std::string path_;
  bool unread_ = false;     // what is there could not be read, and was not moved aside
  std::string saved_ = {};  // identifies the file as this process has saved it
  Lock lock_;  // shared with a call that has not returned, which may still replace the file
};

}  // namespace defenderd
