#pragma once
// The lease as a Lease of Kubernetes.

#include <string>

#include "kube/kube_client.h"
#include "reconcile/lease_store.h"

namespace defenderd {

// Thread-safe.
class LeaseClient final : public LeaseStore {
 public:
  // `kube` outlives it.
  LeaseClient(KubeClient& kube, std::string name);

  // GET, POST and PUT of /apis/coordination.k8s.io/v1/namespaces/{namespace}/leases/{name}. A PUT
  // has the resourceVersion of what was seen, and is refused with 409 if the Lease has another.
  ArmResult<std::optional<StoredLease>> read(std::stop_token stop) override;
  ArmResult<StoredLease> create(const LeaseRecord& record, std::stop_token stop) override;
  ArmResult<StoredLease> update(const StoredLease& seen, const LeaseRecord& record,
                                std::stop_token stop) override;

 private:
  ArmResult<StoredLease> stored(ArmResult<std::string> body) const;

  KubeClient& kube_;
  const KubeTarget target_;
};

}  // namespace defenderd
