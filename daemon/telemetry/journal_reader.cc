#include "telemetry/journal_reader.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "base/scrub.h"
#include "base/slow_call.h"
#include "base/text.h"
#include "base/time_text.h"
#include "base/unique_fd.h"
#include "telemetry/journal_file.h"

namespace defenderd {
namespace {

struct OpenFile {
  std::shared_ptr<const UniqueFd> handle;  // shared with a read that does not come back
  ino_t inode = 0;
  off_t size = 0;  // when it was opened
  off_t from = 0;  // earlier data is skipped
};

// `files` start with the newest.
void keep_last(std::vector<OpenFile>& files, std::uint64_t bytes) {
  for (OpenFile& file : files) {
    const std::uint64_t kept = std::min(static_cast<std::uint64_t>(file.size), bytes);
    file.from = file.size - static_cast<off_t>(kept);
    bytes -= kept;
  }
}

// Not blocking: opening a named pipe would wait for its writer.
UniqueFd open_file(const std::string& name) {
  return UniqueFd(open(name.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
}

// nullopt: it does not exist.
Result<std::optional<OpenFile>> open_one(const std::string& name) {
  OpenFile file{std::make_shared<const UniqueFd>(open_file(name))};
  if (!file.handle->is_open()) {
    if (errno == ENOENT) return std::optional<OpenFile>();
    return Unexpected(Error{std::error_code(errno, std::system_category()).message()});
  }
  struct stat status {};
  if (fstat(file.handle->get(), &status) != 0 || !S_ISREG(status.st_mode)) {
    return Unexpected(Error{"it is not a regular file"});
  }
  file.inode = status.st_ino;
  file.size = status.st_size;
  return std::optional(std::move(file));
}

// Oldest first. Opened newest first, so that a rotation meanwhile hides no line; a file that is
// opened twice is recognized by its inode.
Result<std::vector<OpenFile>> open_all(const std::string& path,
                                       std::optional<std::uint64_t> last_bytes) {
  std::vector<OpenFile> files;
  for (int number = 0; number <= kJournalKeep; ++number) {
    std::string name = path;
    if (number > 0) name.append(".").append(std::to_string(number));
    auto opened = within(kFileDeadline, name, [name] { return open_one(name); });
    if (!opened) {
      return Unexpected(
          Error{"cannot read the journal " + shown_path(name) + ": " + opened.error().message});
    }
    if (!*opened) continue;
    OpenFile file = *std::move(*opened);
    const bool is_known = std::any_of(files.begin(), files.end(), [&](const OpenFile& other) {
      return other.inode == file.inode;
    });
    if (!is_known) files.push_back(std::move(file));
  }
  if (files.empty()) return Unexpected(Error{"there is no journal " + shown_path(path)});
  if (last_bytes) keep_last(files, *last_bytes);
  std::reverse(files.begin(), files.end());
  return files;
}

// At most this many bytes; "" at the end of the file.
Result<std::string> read_at(const OpenFile& file, std::size_t bytes, off_t at) {
  const std::string key = "journal " + std::to_string(file.inode);
  return within(kFileDeadline, key, [handle = file.handle, bytes, at] {
    std::string piece(bytes, '\0');
    ssize_t count = -1;
    do {
      count = pread(handle->get(), piece.data(), piece.size(), at);
    } while (count < 0 && errno == EINTR);
    piece.resize(static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
    return Result<std::string>(std::move(piece));
  });
}

// Reads line by line, starting with the first complete one. One that is too long is skipped and
// reported as empty. False if the file system does not answer.
template <class Take>
bool each_line(const OpenFile& file, Take take) {
  std::string line;
  bool too_long = false;
  // The byte before `from` shows whether a line starts there.
  bool in_line_before = file.from > 0;
  off_t at = in_line_before ? file.from - 1 : 0;
  while (true) {
    const auto piece = read_at(file, 4 * kMaxJournalLine, at);
    if (!piece) return false;
    if (piece->empty()) break;
    at += static_cast<off_t>(piece->size());
    std::string_view rest(*piece);
    while (!rest.empty()) {
      const std::size_t feed = rest.find('\n');
      const std::string_view part = rest.substr(0, feed);
      if (in_line_before) {
        if (feed == std::string_view::npos) break;
        in_line_before = false;
        rest.remove_prefix(feed + 1);
        continue;
      }
      too_long = too_long || line.size() + part.size() > kMaxJournalLine;
      if (!too_long) line += part;
      if (feed == std::string_view::npos) break;
      take(too_long ? std::string_view() : std::string_view(line));
      line.clear();
      too_long = false;
      rest.remove_prefix(feed + 1);
    }
  }
  if (too_long || !line.empty()) take(too_long ? std::string_view() : std::string_view(line));
  return true;
}

// The numbers of the intents without a result, counted over all lines.
std::set<std::size_t> find_cut_off(const std::vector<OpenFile>& files) {
  std::map<std::pair<std::string, std::string>, std::size_t> open_intents;
  std::set<std::size_t> cut_off;
  std::size_t number = 0;
  for (const OpenFile& file : files) {
    // A file system that does not answer here does not answer when the lines are shown, either.
    (void)each_line(file, [&](std::string_view text) {
      ++number;
      const auto line = parse_journal_line(text);
      if (!line) return;
      std::pair key{line->subscription_id, line->field};
      if (ends_intent(*line)) open_intents.erase(key);
      if (line->result != journal_result::kIntent) return;
      const auto [earlier, is_new] = open_intents.try_emplace(std::move(key), number);
      if (!is_new) cut_off.insert(std::exchange(earlier->second, number));
    });
  }
  for (const auto& [key, intent] : open_intents) cut_off.insert(intent);
  return cut_off;
}

bool is_asked_for(const JournalLine& line, const JournalQuery& query) {
  if (query.subscription && SubscriptionId::parse(line.subscription_id) != query.subscription) {
    return false;
  }
  if (query.wanted && !query.wanted(line)) return false;
  if (!query.since) return true;
  const auto time = parse_rfc3339(line.time);
  return !time || *time >= *query.since;
}

}  // namespace

Result<JournalReading> read_journal(const std::string& path, const JournalQuery& query,
                                    const std::function<void(const JournalLine&)>& show) {
  auto files = open_all(path, query.last_bytes);
  if (!files) return Unexpected(files.error());
  const std::set<std::size_t> cut_off = find_cut_off(*files);
  JournalReading reading;
  std::size_t number = 0;
  for (const OpenFile& file : *files) {
    const bool answered = each_line(file, [&](std::string_view text) {
      ++number;
      auto line = parse_journal_line(text);
      if (!line) {
        ++reading.unreadable;
        return;
      }
      ++reading.readable;
      if (line->result == journal_result::kIntent) {
        if (!cut_off.contains(number)) return;
        line->result = kUnknownResult;
        line->message =
            "the write started and no result was recorded: it is in flight, or defenderd ended "
            "before ARM's answer; check the next line of this field, or what ARM shows";
      }
      if (!is_asked_for(*line, query)) return;
      ++reading.shown;
      show(*line);
    });
    if (!answered)
      return Unexpected(Error{"the journal " + shown_path(path) + " no longer answers"});
  }
  return reading;
}

Result<Done> each_journal_line(const std::string& path, std::uint64_t bytes,
                               const std::function<void(JournalLine)>& take) {
  const auto files = open_all(path, bytes);
  if (!files) return Unexpected(files.error());
  for (const OpenFile& file : *files) {
    const bool answered = each_line(file, [&](std::string_view text) {
      if (auto line = parse_journal_line(text)) take(*std::move(line));
    });
    if (!answered) return Unexpected(Error{"the journal " + path + " no longer answers"});
  }
  return Done{};
}

}  // namespace defenderd
