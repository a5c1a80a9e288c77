#pragma once
// Where the running daemon listens, and how commands call it.

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "cli/options.h"
#include "desired/settings.h"
#include "net/http.h"
#include "net/https_transport.h"

namespace defenderd {

struct DaemonAddress {
  Origin origin = {};
  bool on_this_machine = false;  // by the settings, whatever the name of its host
  // The daemon on this machine has this certificate, whatever its names; "": a certificate is
  // verified as that of any server.
  std::string certificate_file = {};
};

// The address of the daemon with these settings on the same machine: loopback if it listens on all
// addresses, https if its web configuration has TLS. An Error if the settings let the system choose
// the port, or the web configuration is bad.
[[nodiscard]] Result<DaemonAddress> daemon_address(const ServerSettings& server);

// That of --url, else that of the settings in --config, which are read only then.
[[nodiscard]] Result<DaemonAddress> find_daemon(const CommandLine& line);

// Requests to one daemon over connections that are kept. With the user name and the password that
// DEFENDERD_BASIC_AUTH_FILE holds, and the certificate of DEFENDERD_CLIENT_CERT_FILE and
// DEFENDERD_CLIENT_KEY_FILE, if they are set. A password is not sent unencrypted to another
// machine.
class DaemonCaller {
 public:
  [[nodiscard]] static Result<DaemonCaller> open(DaemonAddress daemon, Duration connect_timeout);
  // The request's origin is filled in.
  [[nodiscard]] Result<HttpResponse, TransportError> send(HttpRequest request) const;
  [[nodiscard]] const Origin& origin() const { return daemon_.origin; }

 private:
  DaemonCaller(DaemonAddress daemon, std::unique_ptr<HttpsTransport> transport, HttpHeaders headers,
               bool shows_certificate);

  DaemonAddress daemon_;
  std::unique_ptr<HttpsTransport> transport_;
  HttpHeaders headers_;
  bool shows_certificate_;
};

// One request, as DaemonCaller sends it. The Error is for people.
[[nodiscard]] Result<HttpResponse> call_daemon(const DaemonAddress& daemon, HttpRequest request);
// Whether the daemon refused the request for want of a client certificate; answer_text() says what
// to do.
[[nodiscard]] bool asks_for_certificate(const HttpResponse& answer);
// "http://HOST:PORT/PATH answered 403: ..."
[[nodiscard]] std::string answer_text(const Origin& daemon, std::string_view path,
                                      const HttpResponse& answer);

}  // namespace defenderd
