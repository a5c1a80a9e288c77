// The web configuration of the server (desired/web_config.h): a file of credentials.

#include "desired/web_config.h"

#include "fuzz/fuzz.h"

using namespace defenderd;
using fuzz::require;

namespace {

constexpr std::size_t kMost = 100;  // users, and names of certificates
constexpr std::size_t kHash = 60;

void check(const WebConfig& config) {
  require(config.users.size() <= kMost, "users are bounded");
  for (const WebUser& user : config.users) {
    require(!user.name.empty() && user.name.find(':') == std::string::npos, "a name is usable");
    require(user.hash.reveal().size() == kHash, "a hash is one of bcrypt");
  }
  if (!config.tls) return;
  require(!config.tls->cert_file.empty() && !config.tls->key_file.empty(), "TLS has both files");
  require(config.tls->rules.min <= config.tls->rules.max, "some version is offered");
  require(config.tls->rules.allowed_sans.size() <= kMost, "names are bounded");
  const bool verifies = config.tls->rules.client != ClientAuth::NotAsked;
  require(verifies == !config.tls->client_ca_file.empty(), "clients are verified by something");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::text_of(data, size);
  const auto config = read_web_config(text, "web.yaml");
  if (config) {
    check(*config);
    return 0;
  }
  require(!config.error().empty(), "what is refused has a problem");
  for (const Problem& problem : config.error()) {
    require(problem.file == "web.yaml" && problem.line >= 0 && problem.column >= 0,
            "a problem stands in its file");
    fuzz::require_printable(problem.message, 2000);
    fuzz::require_printable(problem.path, 200);
    require(problem.message.find("s3ntinel") == std::string::npos &&
                problem.path.find("s3ntinel") == std::string::npos,
            "nothing of the file is repeated");
  }
  return 0;
}
