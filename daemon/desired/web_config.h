#pragma once
// The web configuration of the HTTP server: TLS, client certificates and basic authentication, in
// the format of Prometheus' exporter-toolkit (its docs/web-configuration.md). What that format has
// and defenderd has not is refused by name.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "core/web_rules.h"
#include "desired/problem.h"

namespace defenderd {

struct WebConfig {
  struct Tls {
    TlsRules rules = {};
    // PEM. Relative paths start at the folder of the web configuration.
    std::string cert_file = {};
    std::string key_file = {};
    std::string client_ca_file = {};  // "": clients have no certificate
  };
  std::optional<Tls> tls = {};
  std::vector<WebUser> users = {};  // empty: no authentication
};

// `file`: the name that problems show, and where relative paths start.
[[nodiscard]] Result<WebConfig, std::vector<Problem>> read_web_config(std::string_view text,
                                                                      const std::string& file);

// The file that server.webConfigFile names.
struct WebConfigFile {
  Result<std::string> text;   // the Error: it cannot be read
  Result<WebConfig> content;  // the Error is that of `text`, or has a line per problem
};
[[nodiscard]] WebConfigFile read_web_config_file(const std::string& path);

}  // namespace defenderd
