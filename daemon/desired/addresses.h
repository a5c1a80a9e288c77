#pragma once
// Reading the addresses in the settings: URLs, and where to listen.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "desired/value.h"

namespace defenderd {

struct ListenAddress {
  std::string host;
  int port = 0;
};

// "host:port", "[::1]:port", or ":port" for every address of the machine.
[[nodiscard]] std::optional<ListenAddress> read_listen(const Value& value);

// A list of hosts without ports: names, addresses, "*.domain" for the names below it, "*" for all.
// IPv6 addresses come without their brackets.
[[nodiscard]] std::optional<std::vector<std::string>> read_hosts(const Value& list);

// https://host[:port], without a trailing slash.
[[nodiscard]] std::optional<std::string> read_origin(const Value& value);

// https://host[:port][/path], unchanged: the audience of a token is compared literally.
[[nodiscard]] std::optional<std::string> read_url(const Value& value);

}  // namespace defenderd
