#pragma once
// Which Host headers the page, the API and the POST endpoints answer to. A page of another site can
// make a browser connect to us by a name of its own (DNS rebinding), but not under a name of ours.

#include <string>
#include <string_view>
#include <vector>

namespace defenderd {

class AllowedHosts {
 public:
  // `listen` is the host of server.listen. It and the loopback names are always allowed; where it
  // means all addresses any IP address is, because a name that was rebound is never one.
  // `names` are those of server.allowedHosts: a name, "*.domain" for all names below it, or "*".
  AllowedHosts(std::string_view listen, std::vector<std::string> names);

  // `host` as the header has it: with or without a port.
  [[nodiscard]] bool allows(std::string_view host) const;

 private:
  std::string listen_;
  bool any_address_ = false;
  std::vector<std::string> names_;  // in lower case
};

}  // namespace defenderd
