#pragma once
// How messages and log fields call a tenant.

#include <optional>
#include <string>

#include "core/ids.h"

namespace defenderd {

// "" for the default tenant.
inline std::string id_text(const std::optional<TenantId>& tenant) {
  return tenant ? tenant->text() : "";
}

// "the default tenant", or its id.
inline std::string tenant_name(const std::optional<TenantId>& tenant) {
  return tenant ? tenant->text() : "the default tenant";
}

}  // namespace defenderd
