#pragma once
// The JSON schemas of the two files, compiled in (config/schema).

#include <string_view>
#include <vector>

namespace defenderd {

struct SchemaFile {
  std::string_view name;  // "settings.schema.json"
  std::string_view text;
};
[[nodiscard]] const std::vector<SchemaFile>& schema_files();

}  // namespace defenderd
