#include "app/environment.h"

#include <cstdlib>

namespace defenderd {
namespace {

// Called before any thread starts; nothing in this program sets a variable.
std::string variable(const char* name) {
  const char* const value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): see above
  return value == nullptr ? std::string() : std::string(value);
}

std::string either(const char* name, const char* other) {
  std::string value = variable(name);
  return value.empty() ? variable(other) : value;
}

}  // namespace

Environment read_environment() {
  Environment environment;
  environment.tenant_id = variable("AZURE_TENANT_ID");
  environment.client_id = variable("AZURE_CLIENT_ID");
  environment.client_secret = Secret(variable("AZURE_CLIENT_SECRET"));
  environment.authority_host = variable("AZURE_AUTHORITY_HOST");
  environment.https_proxy = either("HTTPS_PROXY", "https_proxy");
  environment.no_proxy = either("NO_PROXY", "no_proxy");
  return environment;
}

}  // namespace defenderd
