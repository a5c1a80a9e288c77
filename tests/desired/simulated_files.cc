#include "desired/simulated_files.h"

#include <algorithm>
#include <utility>

#include "desired/read_desired.h"

namespace defenderd {

using std::chrono::duration_cast;
using std::chrono::nanoseconds;

class SimulatedView final : public Files {
 public:
  explicit SimulatedView(const SimulatedFiles& files) : files_(files) {}

  [[nodiscard]] const std::string& path() const override { return files_.path_; }

  [[nodiscard]] std::vector<FileStamp> stamps() const override {
    std::vector<FileStamp> result;
    if (files_.is_folder()) {
      const auto changed = duration_cast<nanoseconds>(files_.folder_changed_).count();
      result.push_back({.name = files_.path_, .modified_ns = changed, .changed_ns = changed});
    }
    for (const auto& [name, file] : files_.files_) {
      if (!files_.is_read(name)) continue;
      result.push_back({.name = name,
                        .is_file = true,
                        .inode = file.inode,
                        .size = file.text.size(),
                        .modified_ns = duration_cast<nanoseconds>(file.modified).count(),
                        .changed_ns = duration_cast<nanoseconds>(file.changed).count(),
                        .linked_ns = duration_cast<nanoseconds>(file.linked).count()});
    }
    if (result.empty()) result.push_back({.name = files_.path_});
    return result;
  }

  [[nodiscard]] Texts load() const override {
    std::vector<NamedText> texts;
    for (const auto& [name, file] : files_.files_) {
      if (files_.is_read(name)) texts.push_back({name, file.text});
    }
    if (!texts.empty()) return texts;
    return Unexpected(std::vector<Problem>{{.file = files_.path_, .message = "no such file"}});
  }

  [[nodiscard]] bool none_open_for_writing(const std::vector<std::string>& names) const override {
    if (files_.sight_ != Sight::Leases) return false;
    return std::none_of(names.begin(), names.end(), [&](const std::string& name) {
      const auto file = files_.files_.find(name);
      return file == files_.files_.end() || file->second.open;
    });
  }

 private:
  const SimulatedFiles& files_;
};

bool SimulatedFiles::is_read(const std::string& name) const {
  return is_folder() ? name.ends_with(".yaml") : name == path_;
}

void SimulatedFiles::note(const std::string& name, Writer seen) {
  if (sight_ != Sight::Watched) return;
  news_ = true;
  if (is_read(name) && seen != Writer::Unknown) seen_ = seen;
}

void SimulatedFiles::create(const std::string& name) {
  files_[name] = {.inode = ++inodes_, .modified = now_, .changed = now_, .open = true};
  folder_changed_ = now_;
  note(name, Writer::Unknown);
}

void SimulatedFiles::truncate(const std::string& name) {
  File& file = files_.at(name);
  file.text.clear();
  file.modified = file.changed = now_;
  file.open = true;
  note(name, Writer::AtWork);
}

void SimulatedFiles::append(const std::string& name, std::string_view text) {
  if (text.empty()) return;
  File& file = files_.at(name);
  file.text += text;
  file.modified = file.changed = now_;
  note(name, Writer::AtWork);
}

void SimulatedFiles::close(const std::string& name) {
  files_.at(name).open = false;
  note(name, Writer::Done);
}

void SimulatedFiles::remove(const std::string& name) {
  files_.erase(name);
  folder_changed_ = now_;
  note(name, Writer::Unknown);
}

void SimulatedFiles::rename(const std::string& from, const std::string& to) {
  auto node = files_.extract(from);
  node.key() = to;
  node.mapped().changed = now_;
  files_.erase(to);
  files_.insert(std::move(node));
  folder_changed_ = now_;
  note(to, is_folder() ? Writer::Done : Writer::Placed);
}

void SimulatedFiles::link(const std::string& name, std::string_view text) {
  files_[name] = {.text = std::string(text),
                  .inode = ++inodes_,
                  .modified = now_,
                  .changed = now_,
                  .linked = now_};
  folder_changed_ = now_;
  if (sight_ == Sight::Watched) news_ = true;
}

Writer SimulatedFiles::take_seen() {
  return seen_ == Writer::Done || seen_ == Writer::Placed ? std::exchange(seen_, Writer::Unknown)
                                                          : seen_;
}

std::unique_ptr<const Files> SimulatedFiles::view() const {
  return std::make_unique<const SimulatedView>(*this);
}

namespace {

using Read = Result<DesiredState, std::vector<Problem>>;

// The same few texts are read in each of a hundred thousand runs.
Read read_once(const std::vector<NamedText>& texts) {
  static std::map<std::string, Read> known;
  std::string key;
  for (const NamedText& file : texts) key.append(file.name).append("\n").append(file.text);
  const auto found = known.find(key);
  if (found != known.end()) return found->second;
  constexpr std::size_t kMost = 1000;
  if (known.size() == kMost) known.clear();
  return known.emplace(std::move(key), read_desired(texts)).first->second;
}

}  // namespace

SimulatedFollower::SimulatedFollower(SimulatedFiles& files)
    : files_(files), source_(files.view(), read_once) {}

void SimulatedFollower::check() {
  const Writer seen = files_.take_seen();
  auto given = source_.poll(files_.now(), seen);
  pending_checks_ = source_.pending() ? pending_checks_ + 1 : 0;
  constexpr int kQuick = 100;
  until_check_ = pending_checks_ == 0       ? std::chrono::seconds(1)
                 : pending_checks_ < kQuick ? kRestAfterClose
                                            : Duration(std::chrono::seconds(1));
  if (!given) return;
  if (!given->warning.empty()) ++warnings_;
  if (!given->value) return;
  in_force_ = *std::move(given->value);
  taken_.push_back(*in_force_);
}

void SimulatedFollower::run(Duration time) {
  while (true) {
    // A watch ends a wait, but not the pause between two checks of a change.
    if (files_.take_news() && pending_checks_ == 0) until_check_ = Duration::zero();
    const Duration step = std::min(time, until_check_);
    files_.pass(step);
    time -= step;
    until_check_ -= step;
    if (until_check_ <= Duration::zero()) check();
    if (time <= Duration::zero()) return;
  }
}

std::optional<Duration> SimulatedFollower::run_until_taken(Duration most) {
  constexpr Duration kStep = std::chrono::milliseconds(50);
  const std::size_t before = taken_.size();
  for (Duration passed = kStep; passed <= most; passed += kStep) {
    run(kStep);
    if (taken_.size() > before) return passed;
  }
  return std::nullopt;
}

}  // namespace defenderd
