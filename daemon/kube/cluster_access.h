#pragma once
// Where the API of Kubernetes is, and how this process proves who it is.

#include <string>

#include "base/result.h"
#include "net/http.h"

namespace defenderd {

struct ClusterAccess {
  Origin server;
  std::string ca_file = {};     // PEM; "" is the system's store
  std::string token_file = {};  // a bearer token, replaced while the process runs
  std::string name_space = {};
};

// As in every pod: the service account's files and two variables of the environment.
// https://kubernetes.io/docs/tasks/run-application/access-api-from-pod/
inline constexpr const char* kServiceAccountFolder =
    "/var/run/secrets/kubernetes.io/serviceaccount";
// `host` and `port`: KUBERNETES_SERVICE_HOST and _PORT. The Error says what to do.
[[nodiscard]] Result<ClusterAccess> access_in_pod(
    const std::string& host, const std::string& port,
    const std::string& folder = kServiceAccountFolder);

}  // namespace defenderd
