#pragma once
// Follows files as the daemon does, step by step.

#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "desired/file_source.h"
#include "desired/load.h"
#include "desired/problem.h"

namespace defenderd {

// Follows files in a time that the test advances. Files are written now, so the machine's clock
// gives their age; `bad` in a text makes it invalid.
class Follower {
 public:
  explicit Follower(std::string path)
      : source_(std::make_unique<const FileSet>(std::move(path)),
                [](const std::vector<NamedText>& texts) {
                  return texts.empty() || texts.front().text.find("bad") == std::string::npos;
                }) {}

  // What one check gives: "nothing", the texts joined, or the problems.
  std::string check(Writer seen = Writer::Unknown) {
    auto given = source_.poll({now_, SystemClock().wall_now() + (now_ - edited_)}, seen);
    now_ += kRestAfterClose;
    if (!given) return "nothing";
    warning_ = given->warning;
    if (!given->texts) return format(given->texts.error());
    std::string joined;
    for (const NamedText& file : *given->texts) joined += file.text;
    return joined;
  }
  // Checks until a change is given, for so long at most.
  std::string look_for(Duration most, Writer seen = Writer::Unknown) {
    const SteadyTime end = now_ + most;
    std::string result = check(seen);
    while (result == "nothing" && now_ <= end) result = check();
    return result;
  }
  // What is written from now on is new.
  void pass(Duration time) {
    now_ += time;
    edited_ = now_;
  }
  [[nodiscard]] const std::string& warning() const { return warning_; }
  [[nodiscard]] const FileSource& source() const { return source_; }
  // What a run before this one had in force.
  bool recall(std::vector<FileMark> earlier) { return source_.recall(std::move(earlier)); }

 private:
  FileSource source_;
  SteadyTime now_ = SteadyTime(std::chrono::hours(1));
  SteadyTime edited_ = now_;
  std::string warning_;
};

}  // namespace defenderd
