#pragma once
// What an object must keep to beyond its form: the rules of Kubernetes' pkg/apis/.../validation for
// Leases, ConfigMaps and their metadata.

#include <vector>

#include "kubesim/schema.h"
#include "kubesim/status.h"

namespace kubesim {

// `old` null = it is being created.
[[nodiscard]] std::vector<FieldError> validate(const Resource& resource, const Json& object,
                                               const Json* old);

}  // namespace kubesim
