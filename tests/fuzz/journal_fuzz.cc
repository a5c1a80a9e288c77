// The journal read back: single lines, and a whole file (telemetry/journal_reader.h).

#include "telemetry/journal_reader.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>

#include "fuzz/fuzz.h"

using namespace defenderd;
using fuzz::require;

namespace {

void check_line(std::string_view text) {
  const auto line = parse_journal_line(text);
  if (!line) return;
  const std::string shown = format(*line);
  require(shown.size() <= kMaxJournalLine, "a line is bounded");
  require(shown.ends_with('\n') && std::count(shown.begin(), shown.end(), '\n') == 1,
          "a line is one line");
  require(is_valid_utf8(shown), "a line is UTF-8");
  const auto again = parse_journal_line(shown);
  require(again.has_value(), "a line can be read back");
  require(format(*again) == shown, "a line is written the same again");
}

// A file in memory that has a path.
class MemoryFile {
 public:
  explicit MemoryFile(std::string_view content) : descriptor_(memfd_create("journal", 0)) {
    while (!content.empty()) {
      const ssize_t count = write(descriptor_, content.data(), content.size());
      require(count > 0, "there is memory");
      content.remove_prefix(static_cast<std::size_t>(count));
    }
  }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;
  ~MemoryFile() { close(descriptor_); }
  [[nodiscard]] std::string path() const { return "/proc/self/fd/" + std::to_string(descriptor_); }

 private:
  int descriptor_;
};

void check_file(std::string_view content) {
  const auto lines = static_cast<std::size_t>(std::count(content.begin(), content.end(), '\n')) + 1;
  const MemoryFile file(content);
  std::size_t shown = 0;
  const auto all = read_journal(file.path(), {}, [&](const JournalLine& line) {
    ++shown;
    require(!line.time.empty() && line.result != "intent", "only results are shown");
  });
  require(all.has_value(), "any content is a journal");
  require(all->shown == shown && shown + all->unreadable <= lines, "lines are counted");
  JournalQuery last;
  last.last_bytes = content.size() / 2;
  const auto part = read_journal(file.path(), last, [](const JournalLine&) {});
  require(part && part->shown + part->unreadable <= lines, "a part is no more than the whole");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::text_of(data, size);
  check_line(text.substr(0, text.find('\n')));
  check_file(text);
  return 0;
}
