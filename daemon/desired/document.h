#pragma once
// What both files share: parsing, apiVersion and kind.

#include <functional>
#include <string_view>

#include "desired/map_reader.h"

namespace defenderd {

// Parses `text` and calls `read` with the document, unless it is not YAML or of another kind, which
// is then reported instead.
void read_document(Report& report, std::string_view text, std::string_view kind,
                   const std::function<void(const Value&)>& read);

// Checks apiVersion and kind of the top-level map.
void check_head(const MapReader& map, std::string_view kind);

}  // namespace defenderd
