#include "kube/lease_client.h"

#include <utility>

#include "kube/lease_json.h"

namespace defenderd {

LeaseClient::LeaseClient(KubeClient& kube, std::string name)
    : kube_(kube),
      target_{"leases", std::move(name),
              "/apis/coordination.k8s.io/v1/namespaces/" + kube.name_space() + "/leases"} {}

ArmResult<StoredLease> LeaseClient::stored(ArmResult<std::string> body) const {
  if (!body) return Unexpected(std::move(body.error()));
  auto record = parse_lease(*body, target_.name);
  if (record) {
    return StoredLease{*std::move(record), std::make_shared<const std::string>(*std::move(body))};
  }
  Failure failure;
  failure.reason = Reason::MalformedAnswer;
  failure.message = "the answer of the Kubernetes API at " + kube_.server() +
                    " cannot be used: " + record.error().message;
  return Unexpected(std::move(failure));
}

ArmResult<std::optional<StoredLease>> LeaseClient::read(std::stop_token stop) {
  auto body = kube_.read(target_, stop);
  if (!body) return Unexpected(std::move(body.error()));
  if (!*body) return std::optional<StoredLease>();
  auto lease = stored(**std::move(body));
  if (!lease) return Unexpected(std::move(lease.error()));
  return std::optional<StoredLease>(*std::move(lease));
}

ArmResult<StoredLease> LeaseClient::create(const LeaseRecord& record, std::stop_token stop) {
  return stored(
      kube_.create_object(target_, format_lease(record, target_.name, kube_.name_space()), stop));
}

ArmResult<StoredLease> LeaseClient::update(const StoredLease& seen, const LeaseRecord& record,
                                           std::stop_token stop) {
  return stored(kube_.replace(target_, format_lease_over(*seen.object, record), stop));
}

}  // namespace defenderd
