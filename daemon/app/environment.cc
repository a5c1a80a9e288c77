#include "app/environment.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <utility>

#include "base/scrub.h"
#include "base/slow_call.h"
#include "base/text.h"
#include "core/ids.h"

namespace defenderd {
namespace {

// Nothing in this program sets a variable, so any thread may read them.
std::string variable(const char* name) {
  const char* const value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): see above
  return value == nullptr ? std::string() : std::string(value);
}

// Without the line end and the blanks that a file or a shell may have added: no id, path or URL
// begins or ends with one.
std::string trimmed(const char* name) { return std::string(trim(variable(name))); }

// A password may end with a blank; a line end comes from a file.
Secret without_line_end(std::string text) {
  if (text.ends_with('\n')) text.pop_back();
  if (text.ends_with('\r')) text.pop_back();
  return Secret(std::move(text));
}

std::string either(const char* name, const char* other) {
  std::string value = trimmed(name);
  return value.empty() ? trimmed(other) : value;
}

IdentityEndpoint read_identity_endpoint() {
  return {trimmed("IDENTITY_ENDPOINT"), Secret(trimmed("IDENTITY_HEADER"))};
}

// A whole line of a file of variables was taken for the secret: the name in it is none, and the
// messages about it contain it.
Secret without_name(const Secret& secret) {
  constexpr std::string_view kName = "AZURE_CLIENT_SECRET=";
  const std::string& text = secret.reveal();
  return text.starts_with(kName) ? Secret(text.substr(kName.size())) : secret;
}

std::vector<std::string> for_children(char** variables) {
  static constexpr std::array<std::string_view, 6> kOurs{
      "AZURE_CLIENT_SECRET=", "AZURE_CLIENT_CERTIFICATE_PASSWORD=",
      "IDENTITY_HEADER=",     "NOTIFY_SOCKET=",
      "WATCHDOG_USEC=",       "WATCHDOG_PID="};
  std::vector<std::string> result;
  for (char** entry = variables; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    const bool ours = std::any_of(kOurs.begin(), kOurs.end(),
                                  [&](std::string_view name) { return text.starts_with(name); });
    if (!ours) result.emplace_back(text);
  }
  return result;
}

std::string host_name() {
  std::array<char, 256> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "";
}

}  // namespace

Environment read_environment() {
  Environment environment;
  environment.tenant_id = trimmed("AZURE_TENANT_ID");
  environment.client_id = trimmed("AZURE_CLIENT_ID");
  environment.client_secret = Secret(trimmed("AZURE_CLIENT_SECRET"));
  environment.certificate_path = trimmed("AZURE_CLIENT_CERTIFICATE_PATH");
  environment.certificate_password =
      without_line_end(variable("AZURE_CLIENT_CERTIFICATE_PASSWORD"));
  environment.federated_token_file = trimmed("AZURE_FEDERATED_TOKEN_FILE");
  environment.authority_host = trimmed("AZURE_AUTHORITY_HOST");
  environment.imds_host = trimmed("AZURE_POD_IDENTITY_AUTHORITY_HOST");
  environment.identity_endpoint = &read_identity_endpoint;
  environment.https_proxy = either("HTTPS_PROXY", "https_proxy");
  environment.no_proxy = either("NO_PROXY", "no_proxy");
  environment.ssl_cert_file = trimmed("SSL_CERT_FILE");
  environment.ssl_cert_dir = trimmed("SSL_CERT_DIR");
  environment.kubernetes_host = trimmed("KUBERNETES_SERVICE_HOST");
  environment.kubernetes_port = trimmed("KUBERNETES_SERVICE_PORT");
  environment.host_name = host_name();
  environment.url = trimmed("DEFENDERD_URL");
  environment.basic_auth_file = trimmed("DEFENDERD_BASIC_AUTH_FILE");
  environment.client_cert_file = trimmed("DEFENDERD_CLIENT_CERT_FILE");
  environment.client_key_file = trimmed("DEFENDERD_CLIENT_KEY_FILE");
  environment.notify_socket = trimmed("NOTIFY_SOCKET");
  environment.watchdog_usec = trimmed("WATCHDOG_USEC");
  environment.watchdog_pid = trimmed("WATCHDOG_PID");
  environment.no_color = !variable("NO_COLOR").empty() || variable("TERM") == "dumb";
  // A directory of PATH may be on an unreachable network file system.
  const auto azure_cli = within(kFileDeadline, "PATH", [path = variable("PATH")] {
    return Result<std::string>(find_program(path, "az"));
  });
  if (azure_cli) environment.azure_cli = *azure_cli;
  environment.inherited = for_children(environ);
  remember_secret(without_name(environment.client_secret));
  remember_secret(environment.certificate_password);
  remember_secret(environment.identity_endpoint().header);
  // If the value for an id is not an id, it may be the secret.
  for (const std::string& id : {environment.client_id, environment.tenant_id}) {
    if (!TenantId::parse(id)) remember_secret(Secret(id));
  }
  return environment;
}

std::string revision_file_of_environment() { return trimmed("DEFENDERD_REVISION_FILE"); }

std::string find_program(const std::string& path, const std::string& name) {
  std::string_view rest = path;
  while (!rest.empty()) {
    const std::size_t colon = rest.find(':');
    std::string candidate(rest.substr(0, colon));
    rest.remove_prefix(colon == std::string_view::npos ? rest.size() : colon + 1);
    // A program in the current directory is never intended.
    if (!candidate.starts_with('/')) continue;
    candidate.append("/").append(name);
    std::error_code error;
    if (std::filesystem::is_regular_file(candidate, error) &&
        ::access(candidate.c_str(), X_OK) == 0)
      return candidate;
  }
  return "";
}

}  // namespace defenderd
