#include "app/config.h"

#include <utility>

#include "desired/load.h"
#include "desired/read_desired.h"
#include "desired/read_settings.h"

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

// Polls until what is there has come to rest: twice the same content in a row.
template <class T>
Result<T, std::vector<Problem>> settle(Source<T>& source, Clock& clock) {
  constexpr int kMaxLooks = 40;
  for (int look = 0; look < kMaxLooks; ++look) {
    if (auto result = source.poll()) return *std::move(result);
    clock.sleep_until(clock.steady_now() + kSettleTime, {});
  }
  return Unexpected(std::vector<Problem>{
      {.file = source.path(),
       .message = "the file keeps changing while it is read; is something writing it?"}});
}

// Takes over a poll's result: the value into `value`, the problems into `problems`.
template <class T>
bool take(std::optional<Result<T, std::vector<Problem>>> polled, std::optional<T>& value,
          std::vector<Problem>& problems) {
  if (!polled) return false;
  if (*polled) {
    value = **std::move(polled);
    problems.clear();
    return false;
  }
  problems = std::move(polled->error());
  return true;
}

}  // namespace

Result<Settings> load_settings(const std::string& path) {
  auto files = FileSet(path).load();
  auto settings = files ? read_first(*files) : Unexpected(std::move(files.error()));
  if (settings) return *std::move(settings);
  std::string text = format(settings.error());
  if (text.ends_with('\n')) text.pop_back();
  return Unexpected(Error{std::move(text)});
}

Config::Config(std::string settings_path, std::string desired_path)
    : settings_(std::move(settings_path), read_first),
      desired_(std::move(desired_path), read_desired) {}

Result<Config::Loaded, std::vector<Problem>> Config::load(Clock& clock) {
  const std::scoped_lock lock(mutex_);
  auto settings = settle(settings_, clock);
  auto desired = settle(desired_, clock);
  if (settings && desired) return Loaded{*std::move(settings), *std::move(desired)};
  std::vector<Problem> problems;
  if (!settings) problems = std::move(settings.error());
  if (!desired) problems.insert(problems.end(), desired.error().begin(), desired.error().end());
  return Unexpected(std::move(problems));
}

Config::Change Config::poll() {
  const std::scoped_lock lock(mutex_);
  Change change;
  const bool was_bad = !settings_problems_.empty() || !desired_problems_.empty();
  const bool settings_failed = take(settings_.poll(), change.settings, settings_problems_);
  const bool desired_failed = take(desired_.poll(), change.desired, desired_problems_);
  change.failed = settings_failed || desired_failed;
  change.recovered = was_bad && settings_problems_.empty() && desired_problems_.empty();
  publish();
  return change;
}

bool Config::settling() const {
  const std::scoped_lock lock(mutex_);
  return settings_.settling() || desired_.settling();
}

void Config::publish() {
  std::vector<Problem> problems = settings_problems_;
  problems.insert(problems.end(), desired_problems_.begin(), desired_problems_.end());
  const std::scoped_lock lock(published_mutex_);
  published_ = std::move(problems);
}

std::vector<Problem> Config::problems() const {
  const std::scoped_lock lock(published_mutex_);
  return published_;
}

std::vector<std::string> needing_restart(const Settings& running, const Settings& edited) {
  std::vector<std::string> names;
  const auto compare = [&](const char* name, const auto& a, const auto& b) {
    if (!(a == b)) names.emplace_back(name);
  };
  compare("poll.workers", running.poll.workers, edited.poll.workers);
  AzureSettings running_azure = running.azure;
  running_azure.reads_per_second = edited.azure.reads_per_second;
  running_azure.writes_per_second = edited.azure.writes_per_second;
  compare("azure", running_azure, edited.azure);
  compare("server", running.server, edited.server);
  compare("journal.file", running.journal_file, edited.journal_file);
  compare("log.format", running.log.format, edited.log.format);
  return names;
}

}  // namespace defenderd
