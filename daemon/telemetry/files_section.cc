#include "telemetry/files_section.h"

#include <cstdint>
#include <limits>
#include <optional>
#include <utility>

#include "base/json_writer.h"
#include "telemetry/section_node.h"

namespace defenderd {
namespace {

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

std::string format(const std::vector<FileMark>& files) {
  JsonWriter json;
  json.begin_array();
  for (const FileMark& file : files) {
    json.begin_object();
    json.member("name", file.name);
    json.member("lines", file.lines);
    json.member("hash", static_cast<std::int64_t>(file.hash));
    json.key("end");
    json.begin_array();
    for (const std::uint32_t line : file.end) json.value(static_cast<std::int64_t>(line));
    json.end_array();
    json.end_object();
  }
  json.end_array();
  return json.take();
}

Result<std::vector<FileMark>> parse_files_section(std::string_view text) {
  auto files = SectionNode::parse(text).list<FileMark>(read_file);
  if (!files) return Unexpected(Error{"its data about the files in force cannot be parsed"});
  return *std::move(files);
}

}  // namespace defenderd
