#pragma once
// Sections of the state document that only have one part, which is written and read as a whole.

#include <string_view>
#include <utility>

#include "base/clock.h"
#include "base/result.h"
#include "telemetry/state_keeper.h"

namespace defenderd {

// A section without anything that a write depends on. `parse` makes a Result of its text, and what
// it has is given to `recall`.
template <class Revision, class Write, class Parse, class Recall>
StateSection section_of(std::string_view name, Revision revision, Write write, Parse parse,
                        Recall recall) {
  StateSection section;
  section.name = name;
  section.revision = [revision] { return StateSection::Revision{.any = revision()}; };
  section.write = std::move(write);
  section.read = [parse, recall](std::string_view text, WallTime) -> Result<Done> {
    auto memory = parse(text);
    if (!memory) return Unexpected(memory.error());
    recall(*std::move(memory));
    return Done{};
  };
  return section;
}

// Of a part that outlives it, whose memory() is what a restart must remember.
template <class Part, class Parse>
StateSection section_of(std::string_view name, Part& part, Parse parse) {
  return section_of(
      name, [&part] { return part.revision(); }, [&part] { return format(part.memory()); }, parse,
      [&part](auto memory) { part.recall(std::move(memory)); });
}

}  // namespace defenderd
