#include "desired/file_source.h"

#include <algorithm>

#include "base/time_text.h"
#include "desired/content_hash.h"

namespace defenderd {
namespace {

// Each write also sets a file's time of change. If that is later than its time of modification by
// more than a tick of the kernel's clock, the file as a whole was modified.
constexpr std::int64_t kTickNs = 50'000'000;

std::string hash_of(const Files::Texts& texts) {
  if (!texts) return "problem " + format(texts.error());
  std::vector<std::string_view> parts;
  for (const NamedText& file : *texts) {
    parts.emplace_back(file.name);
    parts.emplace_back(file.text);
  }
  return content_hash(parts);
}

// A link that is not older than its file was created when the file was complete.
bool came_by_link(const FileStamp& stamp) { return stamp.linked_ns >= stamp.modified_ns; }

// A file that was renamed, or whose owner, mode or times were set after writing, is complete, too.
bool is_sealed(const FileStamp& stamp) {
  return came_by_link(stamp) || stamp.changed_ns > stamp.modified_ns + kTickNs;
}

const FileStamp* find(const std::vector<FileStamp>& stamps, const std::string& name) {
  const auto found = std::find_if(stamps.begin(), stamps.end(),
                                  [&](const FileStamp& stamp) { return stamp.name == name; });
  return found == stamps.end() ? nullptr : &*found;
}

// True if a file of another name is the same one: it was renamed.
bool is_renamed(const FileStamp& gone, const std::vector<FileStamp>& stamps) {
  return std::any_of(stamps.begin(), stamps.end(), [&](const FileStamp& stamp) {
    return stamp.inode == gone.inode && stamp.device == gone.device && stamp.size == gone.size &&
           stamp.modified_ns == gone.modified_ns;
  });
}

std::string odd_words(Oddity oddity, const std::string& file) {
  switch (oddity) {
    case Oddity::None:
      return "";
    case Oddity::NoLineEnd:
      return "the last line of " + file + " has no line end";
    case Oddity::EndMissing:
      return "the end of the file in force is missing from " + file;
    case Oddity::FilesMissing:
      return file + " disappeared while other files were written";
  }
  return "";
}

}  // namespace

std::optional<FileSource::Given> FileSource::poll(const CheckTime& now, Writer seen) {
  // Stamps first: a write after this check changes the stamp for the next one.
  auto stamps = files_->stamps();
  const bool moved = stamps != stamps_;
  if (confirmed_ && !moved && !pending()) return std::nullopt;
  stamps_ = std::move(stamps);
  if (moved || seen != Writer::Unknown) writer_ = seen;
  const std::vector<FileStamp> news = changed(stamps_);
  RestCheck check{.at = now.steady,
                  .changed = moved,
                  .unchanged_for = unchanged_for(news, now),
                  .writer = writer_of(news)};
  checked_ = now.steady;
  judged_writer_ = check.writer;
  if (check.writer == Writer::AtWork) {  // do not even read it
    confirmed_ = false;
  } else {
    const std::string before = seen_;
    read(moved);
    if (seen_ == given_) return nothing_new();
    check.changed = moved || seen_ != before;
    check.oddity = candidate_->oddity;
    check.appended = is_appended(news);
  }
  const std::optional<Duration> wait = rest_.judge(check);
  wait_ = wait.value_or(kRestAfterClose);
  const bool is_first = given_.empty();
  // What was put in place at once need not be read twice, but once more at a later poll.
  const bool placed = check.writer == Writer::Placed && files_->stamps() == stamps_;
  if (wait || !(confirmed_ || placed || is_first)) return report_overdue(now.steady);
  if (!candidate_->accepted)
    candidate_->accepted = candidate_->texts && accepts_(*candidate_->texts);
  if (!*candidate_->accepted && !is_first && !rest_.rested(kBadRest, now.steady)) {
    return std::nullopt;
  }
  return take();
}

// A stamp alone proves nothing: a write within the resolution of the file's clock does not change
// it. So the content is read once more before its stamp is trusted.
void FileSource::read(bool moved) {
  if (!moved && confirmed_ && candidate_) return;
  auto texts = files_->load();
  std::string hash = hash_of(texts);
  const bool is_same = hash == seen_;
  confirmed_ = !moved && is_same;
  seen_ = std::move(hash);
  if (is_same && candidate_) return;
  candidate_ = Candidate{.texts = std::move(texts)};
  if (candidate_->texts) {
    for (const NamedText& file : *candidate_->texts) {
      candidate_->lines[file.name] = line_hashes(file.text);
    }
  }
  find_oddity(*candidate_, stamps_);
}

void FileSource::find_oddity(Candidate& candidate, const std::vector<FileStamp>& stamps) const {
  if (!candidate.texts) return;
  const auto found = [&](Oddity oddity, const std::string& file) {
    if (oddity <= candidate.oddity) return;
    candidate.oddity = oddity;
    candidate.odd_file = file;
  };
  for (const NamedText& file : *candidate.texts) {
    if (lacks_line_end(file.text)) found(Oddity::NoLineEnd, file.name);
    const auto before = in_force_.lines.find(file.name);
    if (before == in_force_.lines.end() || is_braced(file.text)) continue;
    if (lacks_the_end_of(candidate.lines.at(file.name), before->second)) {
      found(Oddity::EndMissing, file.name);
    }
  }
  // A file that was deleted while nothing else happened was deleted on purpose, and so is a change
  // that came by a link.
  const std::vector<FileStamp> news = changed(stamps);
  const bool written = std::any_of(news.begin(), news.end(), [](const FileStamp& stamp) {
    return stamp.is_file && !came_by_link(stamp);
  });
  if (!written) return;
  for (const FileStamp& stamp : in_force_.stamps) {
    const bool is_there = find(stamps, stamp.name) != nullptr || is_renamed(stamp, stamps);
    if (stamp.is_file && !is_there) found(Oddity::FilesMissing, stamp.name);
  }
}

// The same files, each as in force or longer.
bool FileSource::is_appended(const std::vector<FileStamp>& changed) const {
  return !changed.empty() &&
         std::all_of(changed.begin(), changed.end(), [&](const FileStamp& stamp) {
           const FileStamp* const before = find(in_force_.stamps, stamp.name);
           if (before == nullptr || !stamp.is_file || before->inode != stamp.inode ||
               before->device != stamp.device || before->size >= stamp.size) {
             return false;
           }
           const auto now = candidate_->lines.find(stamp.name);
           const auto then = in_force_.lines.find(stamp.name);
           return now != candidate_->lines.end() && then != in_force_.lines.end() &&
                  now->second.size() >= then->second.size() &&
                  std::equal(then->second.begin(), then->second.end(), now->second.begin());
         });
}

// What differs from what is in force: if a folder lost files, the folder itself.
std::vector<FileStamp> FileSource::changed(const std::vector<FileStamp>& stamps) const {
  std::vector<FileStamp> result;
  for (const FileStamp& stamp : stamps) {
    const FileStamp* const before = find(in_force_.stamps, stamp.name);
    if (before == nullptr || !(*before == stamp)) result.push_back(stamp);
  }
  return result;
}

Writer FileSource::writer_of(const std::vector<FileStamp>& changed) const {
  std::vector<std::string> written;
  bool sealed = true;
  for (const FileStamp& stamp : changed) {
    if (!stamp.is_file) continue;
    written.push_back(stamp.name);
    sealed = sealed && is_sealed(stamp);
  }
  // Deleting leaves no writer behind.
  if (written.empty() || files_->none_open_for_writing(written)) {
    return writer_ == Writer::Placed ? Writer::Placed : Writer::Done;
  }
  if (writer_ == Writer::Placed) return Writer::Done;
  if (writer_ == Writer::Unknown && sealed) return Writer::Done;
  return writer_;
}

Duration FileSource::unchanged_for(const std::vector<FileStamp>& changed,
                                   const CheckTime& now) const {
  Duration least = std::chrono::hours(24);
  if (checked_) least = std::min(least, now.steady - *checked_);
  const std::chrono::nanoseconds wall = now.wall.time_since_epoch();
  for (const FileStamp& stamp : changed) {
    least = std::min<Duration>(least, wall - std::chrono::nanoseconds(stamp.latest_ns()));
  }
  return std::max(least, Duration::zero());
}

std::optional<FileSource::Given> FileSource::nothing_new() {
  // The same content may now be in other files.
  if (given_accepted_ && confirmed_) in_force_.stamps = stamps_;
  rest_.reset();
  candidate_.reset();
  reported_overdue_ = false;
  return std::nullopt;
}

std::optional<FileSource::Given> FileSource::take() {
  given_accepted_ = *candidate_->accepted;
  Given given{std::move(candidate_->texts)};
  if (given_accepted_) {
    in_force_ = {.stamps = stamps_, .lines = std::move(candidate_->lines)};
    if (candidate_->oddity != Oddity::None) {
      given.warning = odd_words(candidate_->oddity, candidate_->odd_file) +
                      "; it is in force because it no longer changes: check that it is complete";
    }
  }
  given_ = seen_;
  rest_.reset();
  candidate_.reset();
  reported_overdue_ = false;
  return given;
}

// What comes to rest afterwards is returned even if it equals what was in force.
std::optional<FileSource::Given> FileSource::report_overdue(SteadyTime now) {
  if (reported_overdue_ || !rest_.overdue(now)) return std::nullopt;
  reported_overdue_ = true;
  given_ = "overdue";
  given_accepted_ = false;
  return Given{Unexpected(
      std::vector<Problem>{{.file = path(),
                            .message = "has been changing, or open for writing, for more than " +
                                       format_duration(kOverdue) +
                                       ": let its writer finish, or replace it with a rename"}})};
}

std::string FileSource::waiting() const {
  if (!pending()) return "";
  if (judged_writer_ == Writer::AtWork) return path() + " is being written";
  const std::string wait = format_duration(std::chrono::ceil<std::chrono::seconds>(wait_));
  if (candidate_ && !candidate_->texts) {
    return as_error(candidate_->texts.error()).message + "; defenderd waits " + wait +
           " in case it is being replaced";
  }
  std::string why = path() + " has changed";
  if (candidate_ && candidate_->oddity != Oddity::None) {
    why = odd_words(candidate_->oddity, candidate_->odd_file);
  } else if (judged_writer_ == Writer::Unknown) {
    why += ", and nothing shows that its writer has finished";
  }
  return why + "; it takes effect in " + wait + " unless it changes";
}

}  // namespace defenderd
