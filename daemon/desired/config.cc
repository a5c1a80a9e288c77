#include "desired/config.h"

#include <algorithm>
#include <utility>

#include "desired/load.h"
#include "desired/read_desired.h"
#include "desired/read_settings.h"
#include "desired/revision.h"

namespace defenderd {
namespace {

Result<Settings, std::vector<Problem>> read_first(const std::vector<NamedText>& files) {
  if (files.size() != 1) {
    return Unexpected(
        std::vector<Problem>{{.file = files.empty() ? "" : files.front().name,
                              .message = "expected one settings file, not a folder"}});
  }
  return read_settings(files.front().text, files.front().name);
}

// Stores a poll's result: the value in `value`, the problems in `problems`. True if it is
// bad.
template <class T>
bool take(std::optional<typename Source<T>::Given> polled, std::optional<T>& value,
          std::vector<Problem>& problems, std::vector<std::string>& warnings) {
  if (!polled) return false;
  if (!polled->warning.empty()) warnings.push_back(std::move(polled->warning));
  if (polled->value) {
    value = *std::move(polled->value);
    problems.clear();
    return false;
  }
  problems = std::move(polled->value.error());
  return true;
}

bool same_but_for_its_place(Freeze a, const Freeze& b) {
  a.source = b.source;
  return a == b;
}

bool has(const std::vector<Freeze>& freezes, const Freeze& wanted) {
  return std::any_of(freezes.begin(), freezes.end(),
                     [&](const Freeze& freeze) { return same_but_for_its_place(freeze, wanted); });
}

// The current content, at rest or not.
template <class T>
Result<T, std::vector<Problem>> load_now(
    const std::string& path,
    Result<T, std::vector<Problem>> (*read)(const std::vector<NamedText>&)) {
  auto files = FileSet(path).load();
  if (!files) return Unexpected(std::move(files.error()));
  return read(*files);
}

}  // namespace

Result<Settings> load_settings(const std::string& path) {
  auto settings = load_now(path, read_first);
  if (settings) return *std::move(settings);
  return Unexpected(as_error(settings.error()));
}

Result<DesiredState, std::vector<Problem>> load_desired(const std::string& path) {
  return load_now(path, read_desired);
}

Config::Config(std::string settings_path, std::string desired_path, std::string revision_file)
    : settings_(std::move(settings_path), read_first, FileSource::Check::Early),
      desired_(std::move(desired_path), read_desired),
      revision_file_(std::move(revision_file)) {}

Result<Config::Loaded, std::vector<Problem>> Config::load(
    Clock& clock, const std::stop_token& stop, const std::function<void(const std::string&)>& waits,
    Wanted wanted) {
  std::vector<std::string> warnings;
  Result<Settings, std::vector<Problem>> settings = Settings();
  Result<DesiredState, std::vector<Problem>> desired = DesiredState();
  if (wanted.settings) settings = settings_.first(clock, stop, waits, warnings);
  if (wanted.desired) desired = desired_.first(clock, stop, waits, warnings);
  if (settings && desired) {
    freezes_ = settings->safety.freezes;
    if (wanted.desired) desired->commit = read_revision(revision_file_, desired_.path());
    std::vector<FileMark> files = desired_.marks();
    Loaded loaded{*std::move(settings), *std::move(desired), std::move(warnings)};
    if (wanted.desired) loaded.ignored = ignored_files(desired_.path());
    const MutexLock lock(mutex_);
    desired_in_force(std::move(files));
    return loaded;
  }
  std::vector<Problem> problems;
  if (!settings) problems = std::move(settings.error());
  if (!desired) problems.insert(problems.end(), desired.error().begin(), desired.error().end());
  return Unexpected(std::move(problems));
}

Config::Change Config::poll(const Clock& clock, const Writers& writers) {
  auto settings = settings_.poll(time_of(clock), writers.settings);
  auto desired = desired_.poll(time_of(clock), writers.desired);
  find_early_freezes(settings);
  std::string waiting = settings_.waiting();
  if (waiting.empty()) waiting = desired_.waiting();
  std::vector<FileMark> files;
  if (desired && desired->value) {
    desired->value->commit = read_revision(revision_file_, desired_.path());
    files = desired_.marks();
  }

  const MutexLock lock(mutex_);
  Change change;
  change.early_freezes = early_;
  const bool was_bad = !settings_problems_.empty() || !desired_problems_.empty();
  const bool settings_failed =
      take<Settings>(std::move(settings), change.settings, settings_problems_, change.warnings);
  const bool desired_failed =
      take<DesiredState>(std::move(desired), change.desired, desired_problems_, change.warnings);
  if (change.desired) desired_in_force(std::move(files));
  change.failed = settings_failed || desired_failed;
  change.recovered = was_bad && settings_problems_.empty() && desired_problems_.empty();
  waiting_ = std::move(waiting);
  return change;
}

// A freeze stops everything, so it must not wait. What only seems to be removed stays: an
// unfinished file may have lost its end.
void Config::find_early_freezes(const std::optional<Source<Settings>::Given>& given) {
  if (given && given->value) {
    freezes_ = given->value->safety.freezes;
    early_.clear();
  } else if (const Settings* const waiting = settings_.unfinished()) {
    for (const Freeze& freeze : waiting->safety.freezes)
      if (!has(freezes_, freeze) && !has(early_, freeze)) early_.push_back(freeze);
  } else if (!given && !settings_.pending()) {
    const MutexLock lock(mutex_);
    if (settings_problems_.empty()) early_.clear();  // what was in force is there again
  }
}

void Config::desired_in_force(std::vector<FileMark> files) {
  marks_ = {std::move(files), marks_.revision + 1};
  awaits_desired_ = false;
}

Config::Marks Config::marks() const {
  const MutexLock lock(mutex_);
  return marks_;
}

void Config::recall(std::vector<FileMark> earlier) {
  const bool awaits = desired_.recall(std::move(earlier));
  std::vector<FileMark> files = desired_.marks();
  const MutexLock lock(mutex_);
  awaits_desired_ = awaits;
  marks_.files = std::move(files);
}

bool Config::awaits_desired() const {
  const MutexLock lock(mutex_);
  return awaits_desired_;
}

std::string Config::waiting() const {
  const MutexLock lock(mutex_);
  return waiting_;
}

std::vector<Problem> Config::problems() const {
  const MutexLock lock(mutex_);
  std::vector<Problem> problems = settings_problems_;
  problems.insert(problems.end(), desired_problems_.begin(), desired_problems_.end());
  return problems;
}

}  // namespace defenderd
