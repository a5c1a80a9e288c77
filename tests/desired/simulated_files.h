#pragma once
// Files in simulated time, and a follower of them: a writer's pause of a quarter of a minute takes
// no time at all, so that every prefix of a file can be tried in every way.

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "core/desired_state.h"
#include "desired/file_source.h"

namespace defenderd {

// What shows writers besides the files themselves.
enum class Sight {
  Watched,  // inotify: the files of another user
  Leases,   // the kernel says whether a file is open for writing: no inotify
  Blind,    // neither: a network file system that another machine writes to
};

// A file or a folder of files, changed by one writer.
class SimulatedFiles {
 public:
  // A path that ends with "/" is a folder.
  SimulatedFiles(std::string path, Sight sight) : path_(std::move(path)), sight_(sight) {}

  // These act now, as system calls do.
  void create(const std::string& name);    // empty and open; replaces what is there
  void truncate(const std::string& name);  // and open
  void append(const std::string& name, std::string_view text);
  void close(const std::string& name);
  void remove(const std::string& name);
  void rename(const std::string& from, const std::string& to);
  // A whole file behind a link that is made after it.
  void link(const std::string& name, std::string_view text);

  void pass(Duration time) { now_ += time; }
  [[nodiscard]] CheckTime now() const { return {SteadyTime(now_), WallTime(now_)}; }
  [[nodiscard]] const std::string& path() const { return path_; }

  // What a watch saw since the last call.
  [[nodiscard]] Writer take_seen();
  // True when a watch would have woken its user since the last call.
  [[nodiscard]] bool take_news() { return std::exchange(news_, false); }

  // For a FileSource; this object outlives it.
  [[nodiscard]] std::unique_ptr<const Files> view() const;

 private:
  friend class SimulatedView;
  struct File {
    std::string text = {};
    std::uint64_t inode = 0;
    Duration modified = {};
    Duration changed = {};
    Duration linked = Duration(0);
    bool open = false;
  };
  [[nodiscard]] bool is_read(const std::string& name) const;
  [[nodiscard]] bool is_folder() const { return path_.ends_with('/'); }
  void note(const std::string& name, Writer seen);

  const std::string path_;
  const Sight sight_;
  std::map<std::string, File> files_ = {};
  Duration now_ = std::chrono::hours(24 * 365 * 50);
  Duration folder_changed_ = now_;
  std::uint64_t inodes_ = 0;
  Writer seen_ = Writer::Unknown;
  bool news_ = false;
};

// Checks the files as the daemon does, while time passes.
class SimulatedFollower {
 public:
  explicit SimulatedFollower(SimulatedFiles& files);

  // Time passes, and changes at rest take effect. Each new state is passed to `taken`.
  void run(Duration time);
  // Until a state is taken: how long that took; nullopt when it takes longer than `most`.
  std::optional<Duration> run_until_taken(Duration most);

  [[nodiscard]] const std::optional<DesiredState>& in_force() const { return in_force_; }
  // Those that were taken since the last call.
  [[nodiscard]] std::vector<DesiredState> take_taken() { return std::exchange(taken_, {}); }
  [[nodiscard]] std::size_t warnings() const { return warnings_; }

 private:
  void check();

  SimulatedFiles& files_;
  Source<DesiredState> source_;
  std::optional<DesiredState> in_force_ = {};
  std::vector<DesiredState> taken_ = {};
  std::size_t warnings_ = 0;
  int pending_checks_ = 0;
  Duration until_check_ = {};
};

}  // namespace defenderd
