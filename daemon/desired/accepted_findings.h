#pragma once
// `findings: {accept: [...]}` of an entry, a scope or the defaults.

#include <optional>
#include <vector>

#include "core/finding.h"
#include "desired/value.h"

namespace defenderd {

[[nodiscard]] std::optional<std::vector<AcceptedFinding>> read_accepted_findings(
    const Value& value);

}  // namespace defenderd
