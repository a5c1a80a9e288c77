#pragma once
// Follows configuration files as they change. Polled: a folder watch, or only a timer, calls poll()
// when something may have happened.
//
// A change is returned once it is at rest (at_rest.h), so that an incomplete file, or a folder in
// the middle of a checkout, does not take effect. While pending() is true, poll() should be called
// again after kRestAfterClose.

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "core/file_mark.h"
#include "desired/at_rest.h"
#include "desired/file_marks.h"
#include "desired/line_hashes.h"
#include "desired/load.h"

namespace defenderd {

struct CheckTime {
  SteadyTime steady = {};
  WallTime wall = {};
};
[[nodiscard]] inline CheckTime time_of(const Clock& clock) {
  return {clock.steady_now(), clock.wall_now()};
}

// One thread at a time.
class FileSource {
 public:
  // True if the texts are good. Called once for each content.
  using Accepts = std::function<bool(const std::vector<NamedText>&)>;
  enum class Check {
    AtRest,  // what has come to rest
    Early,   // also what has not, as soon as it is read: for has_good_candidate()
  };

  FileSource(std::unique_ptr<const Files> files, Accepts accepts, Check check = Check::AtRest)
      : files_(std::move(files)), accepts_(std::move(accepts)), check_(check) {}

  [[nodiscard]] const std::string& path() const { return files_->path(); }

  struct Given {
    Files::Texts texts;
    std::string warning = {};  // what is unusual about them, for people; "" if nothing
  };
  // nullopt: nothing new. Otherwise the new content, or why there is none; each is returned once.
  // Costs a stat per file while nothing changes. `seen` is what a watch saw since the last poll().
  [[nodiscard]] std::optional<Given> poll(const CheckTime& now, Writer seen);

  // What a restart must remember of the content in force.
  [[nodiscard]] std::vector<FileMark> marks() const;
  // What an earlier run remembered. True: the content that poll() returned first may be unfinished
  // compared with that. It counts as not returned: poll() returns it, or another, once it is at
  // rest.
  [[nodiscard]] bool recall(std::vector<FileMark> earlier);

  // True while there is a change that was not returned yet: poll again soon.
  [[nodiscard]] bool pending() const { return rest_.pending(); }
  // Whether the last content that was read is such a change, and was accepted.
  [[nodiscard]] bool has_good_candidate() const {
    return pending() && candidate_ && candidate_->accepted.value_or(false);
  }
  // Why it was not returned yet, for people; "" while nothing is pending.
  [[nodiscard]] std::string waiting() const;

 private:
  // A content that was not returned yet.
  struct Candidate {
    Files::Texts texts;
    std::map<std::string, LineHashes> lines = {};  // by file
    Oddity oddity = Oddity::None;
    std::string odd_file = {};
    std::optional<bool> accepted = {};  // nullopt: not checked yet
  };
  // The last content that was accepted.
  struct InForce {
    std::vector<FileStamp> stamps = {};
    std::map<std::string, LineHashes> lines = {};  // by file
  };

  void read(bool moved);
  void find_oddity(Candidate& candidate, const std::vector<FileStamp>& stamps) const;
  [[nodiscard]] Odd odd_since_earlier(const std::map<std::string, LineHashes>& lines,
                                      const std::vector<NamedText>& texts) const;
  [[nodiscard]] std::string words(const Candidate& candidate) const;
  [[nodiscard]] std::vector<FileStamp> changed(const std::vector<FileStamp>& stamps) const;
  [[nodiscard]] bool is_appended(const std::vector<FileStamp>& changed) const;
  [[nodiscard]] Writer writer_of(const std::vector<FileStamp>& changed) const;
  [[nodiscard]] Duration unchanged_for(const std::vector<FileStamp>& changed,
                                       const CheckTime& now) const;
  void judge_candidate();
  std::optional<Given> nothing_new();
  std::optional<Given> take();
  std::optional<Given> report_overdue(SteadyTime now);

  const std::unique_ptr<const Files> files_;
  const Accepts accepts_;
  const Check check_;
  InForce in_force_ = {};
  std::vector<FileMark> earlier_ = {};  // of an earlier run, until something is in force
  std::string given_ = {};              // hash of the last result of poll(); "" before the first
  bool given_accepted_ = false;

  // At the last check.
  std::optional<SteadyTime> checked_ = {};
  std::vector<FileStamp> stamps_ = {};
  std::string seen_ = {};   // hash of the content
  bool confirmed_ = false;  // the previous check found the same stamps and content

  // Of the change that was not returned yet.
  AtRest rest_ = {};
  std::optional<Candidate> candidate_ = {};
  Writer writer_ = Writer::Unknown;         // as reported by the watch
  Writer judged_writer_ = Writer::Unknown;  // judged by everything that is known
  Duration wait_ = {};                      // until it is returned, unless it changes
  bool reported_overdue_ = false;
};

// A FileSource that also parses its content: T is Settings or DesiredState. The caller keeps the
// last good T; a bad content never replaces it.
template <class T>
class Source {
 public:
  using Read = std::function<Result<T, std::vector<Problem>>(const std::vector<NamedText>&)>;

  using Check = FileSource::Check;
  Source(std::string path, Read read, Check check = Check::AtRest)
      : Source(std::make_unique<const FileSet>(std::move(path)), std::move(read), check) {}
  Source(std::unique_ptr<const Files> files, Read read, Check check = Check::AtRest)
      : files_(
            std::move(files),
            [this, read = std::move(read)](const auto& texts) {
              value_ = read(texts);
              return value_->has_value();
            },
            check) {}
  Source(const Source&) = delete;
  Source& operator=(const Source&) = delete;
  ~Source() = default;

  [[nodiscard]] const std::string& path() const { return files_.path(); }
  [[nodiscard]] bool pending() const { return files_.pending(); }
  [[nodiscard]] std::string waiting() const { return files_.waiting(); }
  // With Check::Early: what waits, if it is good; nullptr otherwise.
  [[nodiscard]] const T* unfinished() const {
    return files_.has_good_candidate() ? &**value_ : nullptr;
  }
  [[nodiscard]] std::vector<FileMark> marks() const { return files_.marks(); }
  [[nodiscard]] bool recall(std::vector<FileMark> earlier) {
    return files_.recall(std::move(earlier));
  }

  struct Given {
    Result<T, std::vector<Problem>> value;
    std::string warning = {};
  };
  // nullopt: nothing new. Otherwise a new value, or every problem of the content.
  [[nodiscard]] std::optional<Given> poll(const CheckTime& now, Writer seen) {
    auto given = files_.poll(now, seen);
    if (!given) return std::nullopt;
    if (!given->texts) return Given{Unexpected(std::move(given->texts.error()))};
    Given result{*std::move(value_), std::move(given->warning)};
    value_.reset();
    return result;
  }

  // The first content, once it is at rest, or its problems. `waits` is called if that takes more
  // than a second, with the reason.
  [[nodiscard]] Result<T, std::vector<Problem>> first(
      Clock& clock, const std::stop_token& stop,
      const std::function<void(const std::string&)>& waits, std::vector<std::string>& warnings) {
    const SteadyTime patient_until = clock.steady_now() + std::chrono::seconds(1);
    bool reported = false;
    while (true) {
      if (auto given = poll(time_of(clock), Writer::Unknown)) {
        if (!given->warning.empty()) warnings.push_back(std::move(given->warning));
        return std::move(given->value);
      }
      if (!reported && clock.steady_now() >= patient_until) {
        waits(waiting());
        reported = true;
      }
      if (!clock.sleep_until(clock.steady_now() + kRestAfterClose, stop)) {
        return Unexpected(std::vector<Problem>{
            {.file = path(), .message = "not read: stopped while waiting for its writer"}});
      }
    }
  }

 private:
  std::optional<Result<T, std::vector<Problem>>> value_ = {};  // of the content checked last
  FileSource files_;
};

}  // namespace defenderd
