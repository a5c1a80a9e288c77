#include "app/file_sections.h"

#include <string>
#include <string_view>
#include <utility>

#include "core/moment.h"
#include "telemetry/files_section.h"
#include "telemetry/removals_section.h"

namespace defenderd {
namespace {

// Where the place is small, these are left out first: they matter for a few seconds.
constexpr int kLeftOutFirst = 100;

}  // namespace

StateSection removals_section(ScopeFollower& follower, const Clock& clock) {
  StateSection section;
  section.name = kRemovalsSection;
  section.revision = [&follower] {
    return StateSection::Revision{.any = follower.removals().revision()};
  };
  section.write = [&follower] { return format(follower.removals().memory()); };
  section.read = [&follower, &clock](std::string_view text, WallTime) -> Result<Done> {
    const auto earlier = parse_removals_section(text);
    if (!earlier) return Unexpected(earlier.error());
    follower.removals().recall(*earlier, Moment{clock.steady_now(), clock.wall_now()});
    return Done{};
  };
  section.expendable = kLeftOutFirst;
  return section;
}

StateSection files_section(Reloader& reloader) {
  StateSection section;
  section.name = kFilesSection;
  section.revision = [&reloader] {
    return StateSection::Revision{.any = reloader.marks().revision};
  };
  section.write = [&reloader] { return format(reloader.marks().files); };
  section.read = [&reloader](std::string_view text, WallTime) -> Result<Done> {
    auto earlier = parse_files_section(text);
    if (!earlier) return Unexpected(earlier.error());
    reloader.recall(*std::move(earlier));
    return Done{};
  };
  section.expendable = kLeftOutFirst;
  return section;
}

}  // namespace defenderd
