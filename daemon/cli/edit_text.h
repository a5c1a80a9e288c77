#pragma once
// Words that the reports about an edit of the desired state have in common.

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/desired_review.h"

namespace defenderd {

// The parts of a report, in their order. An item is in the first one that it fits.
enum class EditPart : std::uint8_t {
  SwitchesOff,
  Leaves,
  StopsCorrecting,
  Enforces,
  Changed,
  Added
};
inline constexpr std::array kAllEditParts{EditPart::SwitchesOff,     EditPart::Leaves,
                                          EditPart::StopsCorrecting, EditPart::Enforces,
                                          EditPart::Changed,         EditPart::Added};
// "Switches protection off"
[[nodiscard]] std::string_view title_of(EditPart part);
// By wave, then in their order. Refers to the review.
[[nodiscard]] std::vector<const ReviewItem*> items_of(const DesiredReview& review, EditPart part);

// "plan on, promptEvidence off, mode enforce": what is new or gone declares, without its texts.
[[nodiscard]] std::string declaration_text(const ReviewItem& item);

// "1 subscription and 1 scope removed, 3 subscriptions changed"; "" if nothing is.
[[nodiscard]] std::string counts_text(const DesiredReview& review);
// "1 switches protection off, 2 leave the list, 1 is no longer corrected"; "" without.
[[nodiscard]] std::string flags_text(const DesiredReview& review);

// "wave 0: 3, wave 10: 1"; "" where there are no waves.
[[nodiscard]] std::string waves_text(const DesiredReview& review);

// What every form says of an edit without a change.
inline constexpr std::string_view kSameMeaning = "the desired state means the same as before";

}  // namespace defenderd
