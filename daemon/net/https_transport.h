#pragma once
// The real Transport: cpp-httplib over TLS, with pooled connections that are kept alive.

#include <memory>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "net/http.h"
#include "net/proxy.h"

namespace defenderd {

// Thread-safe. TLS 1.2 at least, certificates and host names always verified. An answer may have at
// most 8 MiB, as ARM's own limit is. Redirects are not followed: no token goes to another host.
class HttpsTransport final : public Transport {
 public:
  struct Options {
    std::string ca_file = {};  // PEM; "" is the system's store
    Duration connect_timeout = std::chrono::seconds(5);
    ProxyRules proxy = {};
  };
  [[nodiscard]] static Result<std::unique_ptr<HttpsTransport>> create(Options options);
  // For http:// alone: it trusts no certificate, so that it needs no store, and knows no proxy.
  [[nodiscard]] static std::unique_ptr<HttpsTransport> create_plain(Duration connect_timeout);
  ~HttpsTransport() override;

  // A request on a kept connection that the server had closed meanwhile is sent once more on a new
  // one where that is safe (GET and HEAD, nothing of an answer seen).
  Result<HttpResponse, TransportError> send(const HttpRequest& request,
                                            std::stop_token stop) override;

 private:
  struct Impl;
  explicit HttpsTransport(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace defenderd
