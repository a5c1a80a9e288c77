#pragma once
// Managed identities: tokens from an endpoint that is only reachable inside Azure. Virtual machines
// and Kubernetes nodes have the Instance Metadata Service (IMDS); App Service, Functions and
// Container Apps have their own endpoint.

#include <functional>
#include <optional>
#include <stop_token>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "base/secret.h"
#include "identity/token.h"
#include "net/http.h"

namespace defenderd {

// Which of the machine's identities. System: the machine's own, or its only one.
struct IdentityChoice {
  enum class By { System, ClientId, ObjectId, ResourceId };
  By by = By::System;
  std::string id = {};
};

struct ManagedIdentityOptions {
  std::string audience = {};  // https://management.azure.com
  IdentityChoice identity = {};
  // The identity's tenant, if known: it only gets tokens for that one.
  std::optional<TenantId> tenant = {};
  std::string user_agent = {};
  Duration timeout = std::chrono::seconds(10);  // of each request
};

// Thread-safe, like its transport. Each fetch is one request: while the service updates or
// throttles, the failure says how long to wait, and the caller retries. So it is for an identity
// that was just assigned, which the service does not find yet.
// https://learn.microsoft.com/entra/identity/managed-identities-azure-resources/how-to-use-vm-token
class ImdsClient final : public TokenSource {
 public:
  // `endpoint` is http://169.254.169.254 unless something else emulates it.
  ImdsClient(Transport& transport, const Clock& clock, Origin endpoint,
             ManagedIdentityOptions options);
  ArmResult<AccessToken> fetch(const std::optional<TenantId>& tenant,
                               std::stop_token stop) override;

  // Whether the service is available; takes at most a second, or `timeout` if that is shorter. The
  // Error says what answered instead.
  [[nodiscard]] Result<Done> probe(std::stop_token stop) const;

 private:
  Transport& transport_;
  const Clock& clock_;
  const Origin endpoint_;
  const ManagedIdentityOptions options_;
};

// IDENTITY_ENDPOINT and IDENTITY_HEADER, which the platform sets.
struct IdentityEndpoint {
  std::string url = {};
  Secret header = {};
};
// Called for each request, because the platform changes the header. Thread-safe.
using IdentityEndpointReader = std::function<IdentityEndpoint()>;

// Thread-safe, like its transport and reader.
// https://learn.microsoft.com/azure/app-service/overview-managed-identity
class AppServiceIdentity final : public TokenSource {
 public:
  AppServiceIdentity(Transport& transport, const Clock& clock, IdentityEndpointReader endpoint,
                     ManagedIdentityOptions options);
  ArmResult<AccessToken> fetch(const std::optional<TenantId>& tenant,
                               std::stop_token stop) override;

 private:
  Transport& transport_;
  const Clock& clock_;
  const IdentityEndpointReader endpoint_;
  const ManagedIdentityOptions options_;
};

// The Error says what is wrong with IDENTITY_ENDPOINT.
struct IdentityAddress {
  Origin origin;
  std::string path;
};
[[nodiscard]] Result<IdentityAddress> parse_identity_endpoint(std::string_view url);

}  // namespace defenderd
