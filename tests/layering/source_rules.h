#pragma once
// The include rules of the house, held against one source file at a time. Pure: paths and text in,
// violations out, so that bad samples can show that each rule bites.

#include <string>
#include <string_view>
#include <vector>

namespace layering {

struct Violation {
  std::string path;
  int line = 0;  // 0: the file as a whole
  std::string message;
  bool operator==(const Violation&) const = default;
};
std::ostream& operator<<(std::ostream& out, const Violation& violation);

// `path` from the project's root with slashes: "daemon/core/diff.cc".
[[nodiscard]] std::vector<Violation> check_source(std::string_view path, std::string_view source);

inline constexpr int kMaxLines = 400;
[[nodiscard]] std::vector<Violation> check_length(std::string_view path, std::string_view text);

// Only core/plan_catalog.h spells the names that ARM has for plans and extensions, comments
// included.
[[nodiscard]] std::vector<Violation> check_plan_names(std::string_view path, std::string_view text);

// The folder below daemon/ ("core"), "main" for daemon/main.cc, "" for anything else.
[[nodiscard]] std::string_view folder_of(std::string_view path);

// True when the arrows of the design let code of one folder use code of the other.
[[nodiscard]] bool may_use(std::string_view folder, std::string_view other);

}  // namespace layering
