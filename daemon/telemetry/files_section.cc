#include "telemetry/files_section.h"

#include <cstdint>
#include <limits>
#include <optional>
#include <utility>

#include "base/json_writer.h"
#include "telemetry/section_list.h"

namespace defenderd {
namespace {

void write(JsonWriter& json, const FileMark& file) {
  json.member("name", file.name);
  json.member("lines", file.lines);
  json.member("hash", static_cast<std::int64_t>(file.hash));
  json.key("end");
  json.begin_array();
  for (const std::uint32_t line : file.end) json.value(static_cast<std::int64_t>(line));
  json.end_array();
}

std::optional<std::uint32_t> read_hash(const SectionNode& item) {
  const auto number = item.count();
  if (!number || *number > std::numeric_limits<std::uint32_t>::max()) return std::nullopt;
  return static_cast<std::uint32_t>(*number);
}

std::optional<FileMark> read_file(const SectionNode& item) {
  auto name = item["name"].text();
  const auto lines = item["lines"].count();
  const auto hash = item["hash"].number();
  auto end = item["end"].list<std::uint32_t>(read_hash);
  if (!name || !lines || !hash || !end) return std::nullopt;
  return FileMark{*std::move(name), *lines, static_cast<std::uint64_t>(*hash), *std::move(end)};
}

}  // namespace

std::string format(const std::vector<FileMark>& files) { return list_text(files, write); }

Result<std::vector<FileMark>> parse_files_section(std::string_view text) {
  return parse_list<FileMark>(text, read_file, "its data about the files in force");
}

}  // namespace defenderd
