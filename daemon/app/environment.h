#pragma once
// The environment variables that defenderd reads, as Azure's own tools name them. Read once at
// start, in one place.

#include <string>

#include "base/secret.h"

namespace defenderd {

struct Environment {
  std::string tenant_id = {};       // AZURE_TENANT_ID
  std::string client_id = {};       // AZURE_CLIENT_ID
  Secret client_secret = {};        // AZURE_CLIENT_SECRET
  std::string authority_host = {};  // AZURE_AUTHORITY_HOST
  std::string https_proxy = {};     // HTTPS_PROXY or https_proxy; may hold a password
  std::string no_proxy = {};        // NO_PROXY or no_proxy
};

[[nodiscard]] Environment read_environment();

}  // namespace defenderd
