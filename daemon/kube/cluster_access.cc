#include "kube/cluster_access.h"

#include "base/host_port.h"
#include "base/read_file.h"
#include "base/text.h"

namespace defenderd {

Result<ClusterAccess> access_in_pod(const std::string& host, const std::string& port,
                                    const std::string& folder) {
  if (host.empty() || port.empty()) {
    return Unexpected(
        Error{"coordination needs the API of Kubernetes, and this is not a pod: "
              "KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set. Elsewhere, set "
              "coordination.kubernetes"});
  }
  const std::string url = "https://" + bracketed(host) + ":" + port;
  auto server = Origin::parse(url);
  if (!server) {
    return Unexpected(Error{"KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT give " + url +
                            ", which is not an address: " + server.error().message});
  }
  ClusterAccess access{*std::move(server), folder + "/ca.crt", folder + "/token"};
  constexpr std::size_t kMost = 1024;
  if (auto name = read_file(folder + "/namespace", kMost)) access.name_space = trim(*name);
  return access;
}

}  // namespace defenderd
