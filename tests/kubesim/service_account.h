#pragma once
// The files that a pod has of its service account, and a kubeconfig that says the same.

#include <string>

#include "base/result.h"

namespace kubesim {

struct ServiceAccount {
  std::string url;
  std::string control_url;
  std::string ca_pem;
  std::string token;
  std::string namespace_;
  std::string name;
};

// Writes ca.crt, token, namespace, kubeconfig and control_url into the folder, which is made if it
// is missing. Each is replaced in one step, so that nobody reads half a token.
[[nodiscard]] defenderd::Result<defenderd::Done> write_service_account(
    const std::string& folder, const ServiceAccount& account);

}  // namespace kubesim
