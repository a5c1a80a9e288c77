#pragma once
// The state document as a file of mode 0600. It is replaced as a whole: written next to it, synced,
// then renamed, so that a crash leaves the old one or the new one. Written by root, it keeps its
// owner, or gets its folder's.

#include <cstdint>
#include <memory>
#include <string>

#include "base/unique_fd.h"
#include "telemetry/state_store.h"

namespace defenderd {

// A larger file is damaged: each item takes some hundred bytes.
inline constexpr std::uint64_t kMaxStateBytes = 64U << 20U;

class StateFile final : public StateStore {
 public:
  // Holds FILE.lock while it lives, so that no two processes replace one file. The Error says what
  // to fix, also if the document or the lock belongs to another user. If the folder is not writable
  // there is no lock, and save() fails.
  [[nodiscard]] static Result<std::unique_ptr<StateFile>> open(std::string path);
  // For readers: without the lock, and only for load().
  [[nodiscard]] static std::unique_ptr<StateFile> open_to_read(std::string path);

  [[nodiscard]] Result<std::optional<std::string>> load() override;
  [[nodiscard]] Result<Done> save(std::string_view document) override;
  [[nodiscard]] Result<std::string> set_aside() override;

 private:
  explicit StateFile(std::string path) : path_(std::move(path)) {}
  [[nodiscard]] Error problem(std::string_view what) const;

  const std::string path_;
  UniqueFd lock_;
};

}  // namespace defenderd
