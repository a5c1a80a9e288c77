#pragma once
// A thread of another process that stands still: a debugger's means stop one and leave the others.

#include <sys/ptrace.h>
#include <sys/wait.h>

#include <filesystem>
#include <fstream>
#include <optional>
#include <string>

namespace defenderd {

inline std::optional<pid_t> thread_of(pid_t process, const std::string& name) {
  for (const auto& task :
       std::filesystem::directory_iterator("/proc/" + std::to_string(process) + "/task")) {
    std::string found;
    std::getline(std::ifstream(task.path() / "comm"), found);
    if (found == name) return std::stoi(task.path().filename().string());
  }
  return std::nullopt;
}

// Stops a thread while it lives. `errno` says why not.
class Frozen {
 public:
  explicit Frozen(pid_t thread) : thread_(thread) {
    frozen_ = ptrace(PTRACE_SEIZE, thread_, nullptr, nullptr) == 0 &&
              ptrace(PTRACE_INTERRUPT, thread_, nullptr, nullptr) == 0 &&
              waitpid(thread_, nullptr, __WALL) == thread_;
  }
  ~Frozen() {
    if (frozen_) ptrace(PTRACE_DETACH, thread_, nullptr, nullptr);
  }
  Frozen(const Frozen&) = delete;
  Frozen& operator=(const Frozen&) = delete;

  [[nodiscard]] bool frozen() const { return frozen_; }

 private:
  const pid_t thread_;
  bool frozen_ = false;
};

}  // namespace defenderd
