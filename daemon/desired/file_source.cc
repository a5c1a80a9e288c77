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

// `was_in_force` says of what its end is missing.
std::string odd_words(Oddity oddity, const std::string& file, const std::string& was_in_force) {
  switch (oddity) {
    case Oddity::None:
      return "";
    case Oddity::NoLineEnd:
      return "the last line of " + file + " has no line end";
    case Oddity::EndMissing:
      return "the end of the file " + was_in_force + " is missing from " + file;
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
    if (check_ == Check::Early) judge_candidate();
    check.changed = moved || seen_ != before;
    check.oddity = candidate_->oddity;
    check.appended = is_appended(news);
  }
  const std::optional<Duration> wait = rest_.judge(check);
  wait_ = wait.value_or(kRestAfterClose);
  const bool is_first = given_.empty();
  // What was put in place at once, or is read at the start, need not be read twice, but once more
  // at a later poll.
  const bool once = check.writer == Writer::Placed || is_first;
  if (wait || !(confirmed_ || (once && files_->stamps() == stamps_))) {
    return report_overdue(now.steady);
  }
  judge_candidate();
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
  if (!earlier_.empty()) {
    const Odd odd = odd_since_earlier(candidate.lines, *candidate.texts);
    found(odd.oddity, odd.file);
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

// `texts` may be empty: then no file shows its end. Where one file is followed, another name is not
// a loss, but another place.
Odd FileSource::odd_since_earlier(const std::map<std::string, LineHashes>& lines,
                                  const std::vector<NamedText>& texts) const {
  std::vector<MarkedFile> now;
  for (const auto& [name, of_file] : lines) {
    MarkedFile file{mark_of(name, of_file), &of_file};
    file.shows_its_end = std::any_of(
        texts.begin(), texts.end(),
        [&of = name](const NamedText& text) { return text.name == of && is_braced(text.text); });
    const FileStamp* const stamp = find(stamps_, name);
    file.came_by_link = stamp != nullptr && came_by_link(*stamp);
    now.push_back(std::move(file));
  }
  const bool is_one_file = lines.size() == 1 && lines.begin()->first == path();
  Odd odd = odd_since(earlier_, now);
  return is_one_file && odd.oddity == Oddity::FilesMissing ? Odd{} : odd;
}

std::string FileSource::words(const Candidate& candidate) const {
  return odd_words(candidate.oddity, candidate.odd_file,
                   earlier_.empty() ? "in force" : "that was in force before the restart");
}

std::vector<FileMark> FileSource::marks() const {
  if (in_force_.lines.empty()) return earlier_;
  std::vector<FileMark> marks;
  for (const auto& [name, lines] : in_force_.lines) marks.push_back(mark_of(name, lines));
  return marks;
}

bool FileSource::recall(std::vector<FileMark> earlier) {
  earlier_ = std::move(earlier);
  if (in_force_.lines.empty()) return true;  // since an earlier call
  if (odd_since_earlier(in_force_.lines, {}).oddity == Oddity::None) {
    earlier_.clear();
    return false;
  }
  in_force_ = {};
  given_.clear();
  given_accepted_ = false;
  seen_.clear();
  confirmed_ = false;
  checked_.reset();
  rest_.reset();
  candidate_.reset();
  return true;
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

void FileSource::judge_candidate() {
  if (candidate_->accepted) return;
  candidate_->accepted = candidate_->texts && accepts_(*candidate_->texts);
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
      given.warning = words(*candidate_) +
                      "; it is in force because it no longer changes: check that it is complete";
    }
    earlier_.clear();
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
    why = words(*candidate_);
  } else if (judged_writer_ == Writer::Unknown) {
    why += ", and nothing shows that its writer has finished";
  }
  return why + "; it takes effect in " + wait + " unless it changes";
}

}  // namespace defenderd
