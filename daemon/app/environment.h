#pragma once
// The environment variables that defenderd reads, with the names that Azure's tools use. Read once
// at the start, in one place.

#include <string>
#include <vector>

#include "base/secret.h"
#include "identity/managed_identity.h"

namespace defenderd {

struct Environment {
  std::string tenant_id = {};             // AZURE_TENANT_ID
  std::string client_id = {};             // AZURE_CLIENT_ID
  Secret client_secret = {};              // AZURE_CLIENT_SECRET
  std::string certificate_path = {};      // AZURE_CLIENT_CERTIFICATE_PATH
  Secret certificate_password = {};       // AZURE_CLIENT_CERTIFICATE_PASSWORD
  std::string federated_token_file = {};  // AZURE_FEDERATED_TOKEN_FILE
  std::string authority_host = {};        // AZURE_AUTHORITY_HOST
  std::string imds_host = {};             // AZURE_POD_IDENTITY_AUTHORITY_HOST
  // The current IDENTITY_ENDPOINT and IDENTITY_HEADER; empty if there are none.
  IdentityEndpointReader identity_endpoint = {};
  std::string https_proxy = {};      // HTTPS_PROXY or https_proxy; may contain a password
  std::string no_proxy = {};         // NO_PROXY or no_proxy
  std::string ssl_cert_file = {};    // SSL_CERT_FILE
  std::string ssl_cert_dir = {};     // SSL_CERT_DIR
  std::string kubernetes_host = {};  // KUBERNETES_SERVICE_HOST
  std::string kubernetes_port = {};  // KUBERNETES_SERVICE_PORT
  std::string host_name = {};        // in a pod, its name
  std::string url = {};              // DEFENDERD_URL: where other replicas link to
  std::string basic_auth_file = {};  // DEFENDERD_BASIC_AUTH_FILE: the login of commands
  // DEFENDERD_CLIENT_CERT_FILE and DEFENDERD_CLIENT_KEY_FILE: the certificate that commands show.
  std::string client_cert_file = {};
  std::string client_key_file = {};
  std::string notify_socket = {};  // NOTIFY_SOCKET
  std::string watchdog_usec = {};  // WATCHDOG_USEC
  std::string watchdog_pid = {};   // WATCHDOG_PID
  bool no_color = false;           // NO_COLOR is set, or TERM is dumb
  std::string azure_cli = {};      // the path of `az` in PATH; "" if there is none
  // For programs that defenderd starts, "NAME=value": all variables except its own secrets and the
  // service manager's, which are for this process alone.
  std::vector<std::string> inherited = {};
};

[[nodiscard]] Environment read_environment();

// DEFENDERD_REVISION_FILE alone, for commands that only read files.
[[nodiscard]] std::string revision_file_of_environment();

// The first executable file with that name in the directories of `path`, "" if there is none.
[[nodiscard]] std::string find_program(const std::string& path, const std::string& name);

}  // namespace defenderd
