#pragma once
// Objects as kubectl shows them: the server makes the columns.

#include "base/clock.h"
#include "kubesim/route.h"
#include "kubesim/schema.h"

namespace kubesim {

// True if the client asks for a Table in its Accept header.
[[nodiscard]] bool wants_table(const HttpRequest& request);

// `list`, or one object, as a Table of meta.k8s.io/v1.
[[nodiscard]] Json to_table(const Resource& resource, const Json& list, defenderd::WallTime now);

}  // namespace kubesim
