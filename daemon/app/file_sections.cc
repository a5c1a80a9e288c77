#include "app/file_sections.h"

#include <utility>
#include <vector>

#include "app/section_of.h"
#include "core/moment.h"
#include "telemetry/files_section.h"
#include "telemetry/removals_section.h"

namespace defenderd {
namespace {

// Where the place is small, these are left out first: they matter for a few seconds.
constexpr int kLeftOutFirst = 100;

}  // namespace

StateSection removals_section(ScopeFollower& follower, const Clock& clock) {
  StateSection section = section_of(
      kRemovalsSection, [&follower] { return follower.removals().revision(); },
      [&follower] { return format(follower.removals().memory()); }, parse_removals_section,
      [&follower, &clock](const std::vector<Removal>& earlier) {
        follower.removals().recall(earlier, Moment{clock.steady_now(), clock.wall_now()});
      });
  section.expendable = kLeftOutFirst;
  return section;
}

StateSection files_section(Reloader& reloader) {
  StateSection section = section_of(
      kFilesSection, [&reloader] { return reloader.marks().revision; },
      [&reloader] { return format(reloader.marks().files); }, parse_files_section,
      [&reloader](std::vector<FileMark> earlier) { reloader.recall(std::move(earlier)); });
  section.expendable = kLeftOutFirst;
  return section;
}

}  // namespace defenderd
