#pragma once
// The Transport for HTTPS: TLS, a pool of connections that are kept alive, deadlines and the
// parsing of answers are ours; cpp-httplib connects and writes the heads of requests.

#include <memory>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/heartbeat.h"
#include "base/result.h"
#include "net/http.h"
#include "net/own_certificate.h"
#include "net/proxy.h"

namespace defenderd {

class TrustStore;

// What the message about an untrusted certificate advises. Those who call something that this
// setting does not concern, a daemon or the API of a cluster, put their own advice in its place.
inline constexpr std::string_view kTrustAdvice = "set azure.endpoints.caFile";
[[nodiscard]] std::string with_trust_advice(std::string message, std::string_view advice);

// Thread-safe. TLS 1.2 or later; certificates and host names are always verified. Answers have at
// most 8 MiB, like ARM's own limit. Redirects are not followed: no token goes elsewhere.
class HttpsTransport final : public Transport {
 public:
  struct Options {
    std::string ca_file = {};  // PEM; "" is the system's store
    Duration connect_timeout = std::chrono::seconds(5);
    ProxyRules proxy = {};
    Heartbeats* heartbeats = nullptr;  // of its thread; outlives it
    // Decides on the age of connections, and outlives it; nullptr: the machine's. Timeouts are
    // real.
    const Clock* clock = nullptr;
    // Used without a ca_file, as by OpenSSL: SSL_CERT_FILE and SSL_CERT_DIR.
    std::string ssl_cert_file = {};
    std::string ssl_cert_dir = {};
    OwnCertificate own_certificate = {};
  };
  [[nodiscard]] static Result<std::unique_ptr<HttpsTransport>> create(Options options);
  // For the daemon on this machine: trusts the first certificate of this file and no other,
  // whatever its names (TrustStore::only). `options` without a proxy.
  [[nodiscard]] static Result<std::unique_ptr<HttpsTransport>> create_pinned(
      const std::string& certificate_file, Options options);
  // For http:// only: it trusts no certificate, so it needs no store, and uses no proxy.
  [[nodiscard]] static std::unique_ptr<HttpsTransport> create_plain(Duration connect_timeout);
  ~HttpsTransport() override;

  // A request on a reused connection that the server has closed is sent again on a new one if that
  // is safe (GET and HEAD, nothing of an answer received).
  Result<HttpResponse, TransportError> send(const HttpRequest& request,
                                            std::stop_token stop) override;

 private:
  struct Impl;
  static Result<std::unique_ptr<HttpsTransport>> create(Options options, const TrustStore& trust);
  explicit HttpsTransport(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace defenderd
