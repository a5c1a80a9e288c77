#pragma once
// The state document as a file of mode 0600. It is replaced as a whole: written beside itself, on
// the disk, then renamed, so that a crash leaves the old one or the new one.

#include <cstdint>
#include <memory>
#include <string>

#include "base/unique_fd.h"
#include "telemetry/state_store.h"

namespace defenderd {

// A larger file is damaged: there are some hundred bytes for each thing that is remembered.
inline constexpr std::uint64_t kMaxStateBytes = 64U << 20U;

class StateFile final : public StateStore {
 public:
  // Holds FILE.lock until it goes, so that no two processes replace one file. The Error says what
  // to mend. Where the folder cannot be written there is no lock, and save() will tell.
  [[nodiscard]] static Result<std::unique_ptr<StateFile>> open(std::string path);
  // For those who only look: without the lock, and for load() alone.
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
