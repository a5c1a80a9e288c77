#pragma once
// Requests to the API of Kubernetes, as much of it as is needed: one object at a time.
//
// The service account's token and the cluster's certificates are replaced while a pod runs, so both
// are read again every minute; a token that is refused is read again at once.
// https://github.com/kubernetes/client-go/blob/master/transport/token_source.go

#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "base/clock.h"
#include "base/mutex.h"
#include "base/result.h"
#include "base/secret.h"
#include "core/failure.h"
#include "kube/cluster_access.h"
#include "net/http.h"

namespace defenderd {

// The object that a request is about, with the words of an error: "leases".
struct KubeTarget {
  std::string resource;   // "leases"
  std::string name;       // "defenderd"
  std::string list_path;  // "/apis/coordination.k8s.io/v1/namespaces/defender/leases"
};

// Thread-safe.
class KubeClient {
 public:
  struct Options {
    ClusterAccess access;
    std::string user_agent = {};
    Duration timeout = std::chrono::seconds(5);  // of a request
  };
  // The Error names the file that cannot be used. The clock outlives it.
  [[nodiscard]] static Result<std::unique_ptr<KubeClient>> create(Options options,
                                                                  const Clock& clock);

  // The body of the object; nullopt if the API says that there is none.
  ArmResult<std::optional<std::string>> read(const KubeTarget& target, const std::stop_token& stop);
  // The body of the object as it is then. A conflict is Reason::UpdateInProgress.
  ArmResult<std::string> create_object(const KubeTarget& target, const std::string& body,
                                       const std::stop_token& stop);
  ArmResult<std::string> replace(const KubeTarget& target, const std::string& body,
                                 const std::stop_token& stop);

  [[nodiscard]] const std::string& name_space() const { return options_.access.name_space; }
  [[nodiscard]] std::string server() const { return options_.access.server.text(); }

 private:
  struct Credentials {
    std::shared_ptr<Transport> transport;
    Secret token;
    std::string ca;
    SteadyTime read_at;
  };
  explicit KubeClient(Options options, const Clock& clock)
      : options_(std::move(options)), clock_(clock) {}

  // Reads the files again if it is time. Keeps what it had if they cannot be read.
  Result<Done> refresh(bool now);
  ArmResult<HttpResponse> send(const std::string& verb, HttpRequest request,
                               const KubeTarget& target, const std::stop_token& stop);
  [[nodiscard]] Failure refused(const std::string& verb, const KubeTarget& target,
                                const HttpResponse& response) const;

  const Options options_;
  const Clock& clock_;
  mutable Mutex mutex_;
  Credentials credentials_ GUARDED_BY(mutex_);
};

}  // namespace defenderd
