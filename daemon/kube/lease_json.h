#pragma once
// A Lease (coordination.k8s.io/v1) as JSON.
// https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/lease-v1/

#include <string>
#include <string_view>

#include "base/result.h"
#include "core/lease.h"

namespace defenderd {

// Where the holder's page is. Kubernetes' own members have no place for that.
inline constexpr std::string_view kUrlAnnotation = "defenderd.io/url";

// Members that are missing or make no sense are those of a LeaseRecord that is not filled in; only
// what is no Lease of this name is an Error.
[[nodiscard]] Result<LeaseRecord> parse_lease(std::string_view text, std::string_view name);

// A new one.
[[nodiscard]] std::string format_lease(const LeaseRecord& record, const std::string& name,
                                       const std::string& name_space);
// `object` with this record in it; what else it has is kept. It was read by parse_lease().
[[nodiscard]] std::string format_lease_over(std::string_view object, const LeaseRecord& record);

}  // namespace defenderd
