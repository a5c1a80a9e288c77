#pragma once
// The Host headers that the page, the API and the POST endpoints accept. A page of another site can
// make a browser connect to us by its own name (DNS rebinding), but not by one of ours.

#include <string>
#include <string_view>
#include <vector>

namespace defenderd {

class AllowedHosts {
 public:
  // `listen` is the host of server.listen. It and the loopback names are always allowed; if it
  // means all addresses, so is any IP address, because a rebound name is never one. `names` are
  // those of server.allowedHosts: a name, "*.domain" for all names below it, or "*".
  AllowedHosts(std::string_view listen, std::vector<std::string> names);

  // `host` as in the header: with or without a port.
  [[nodiscard]] bool allows(std::string_view host) const;

 private:
  std::string listen_;
  bool any_address_ = false;
  std::vector<std::string> names_;  // in lower case
};

}  // namespace defenderd
