#include "armsim/tokens.h"

#include <openssl/rand.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "armsim/arm_answer.h"
#include "base/base64url.h"
#include "base/text.h"

namespace armsim {

IssuedToken issue_token(Core& core, const std::string& tenant, const std::string& object_id,
                        const std::string& app_id) {
  constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  std::array<unsigned char, 96> bytes{};
  RAND_bytes(bytes.data(), static_cast<int>(bytes.size()));
  IssuedToken issued;
  const TimePoint expires = core.now() + core.options.behaviour.token_lifetime;
  const auto seconds =
      std::chrono::duration_cast<std::chrono::seconds>(expires.time_since_epoch()).count();
  const Json claims = {{"aud", "https://management.azure.com/"},
                       {"tid", tenant},
                       {"oid", object_id},
                       {"appid", app_id},
                       {"exp", seconds}};
  issued.text = defenderd::base64url(R"({"typ":"JWT","alg":"RS256"})") + "." +
                defenderd::base64url(claims.dump()) + ".sim-";
  for (const unsigned char byte : bytes) issued.text += kAlphabet[byte % kAlphabet.size()];
  issued.token = {++core.tokens_issued, tenant, object_id, app_id, expires};
  // Tokens long past are forgotten: they are then invalid rather than expired, as with real ones
  // whose signing key is gone.
  constexpr auto kForget = std::chrono::hours(48);
  std::erase_if(core.tokens,
                [&](const auto& entry) { return entry.second.expires + kForget < core.now(); });
  core.tokens[issued.text] = issued.token;
  return issued;
}

bool is_arm_resource(const Exchange& exchange, const std::string& resource) {
  static constexpr std::array<std::string_view, 6> kHosts{
      "management.azure.com",         "management.core.windows.net",
      "management.usgovcloudapi.net", "management.core.usgovcloudapi.net",
      "management.chinacloudapi.cn",  "management.core.chinacloudapi.cn"};
  std::string_view rest = resource;
  while (rest.ends_with('/')) rest.remove_suffix(1);
  if (defenderd::iequals(rest, exchange.base_url)) return true;
  return std::any_of(kHosts.begin(), kHosts.end(), [&](std::string_view host) {
    return defenderd::iequals(rest, "https://" + std::string(host));
  });
}

}  // namespace armsim
