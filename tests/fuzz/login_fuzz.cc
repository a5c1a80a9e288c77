// The Authorization header of a request (server/basic_auth.h), and a user who is asked about it.

#include "base/base64url.h"
#include "fuzz/fuzz.h"
#include "net/basic_authorization.h"
#include "server/basic_auth.h"

using namespace defenderd;
using fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const BasicAuth nobody({});
  const std::string_view text = fuzz::text_of(data, size);
  const auto login = parse_login(text);
  if (login) {
    require(login->name.find(':') == std::string::npos, "a name ends at the colon");
    require(login->name.size() + login->password.reveal().size() <= text.size(),
            "decoding makes nothing longer");
    require(!nobody.remembers(*login), "nobody is known");
  }
  // What our own commands send is read as it was meant.
  const std::size_t half = text.size() / 2;
  const std::string name(text.substr(0, half));
  const std::string password(text.substr(half));
  if (name.find(':') != std::string::npos) return 0;
  const auto own = parse_login(basic_authorization(name, password));
  if (own) require(own->name == name && own->password.reveal() == password, "a login survives");
  return 0;
}
