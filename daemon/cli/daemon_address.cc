#include "cli/daemon_address.h"

#include <sys/stat.h>

#include <algorithm>
#include <memory>
#include <stop_token>
#include <utility>

#include "app/build_info.h"
#include "app/environment.h"
#include "base/host_port.h"
#include "base/read_file.h"
#include "base/scrub.h"
#include "base/text.h"
#include "cli/complain.h"
#include "cli/load_files.h"
#include "desired/config.h"
#include "desired/web_config.h"
#include "identity/secret_file.h"
#include "net/basic_authorization.h"

namespace defenderd {
namespace {

// The certificate of its server; "" if it speaks plain HTTP.
Result<std::string> certificate_of(const ServerSettings& server) {
  if (server.web_config_file.empty()) return std::string();
  const auto config = read_web_config_file(server.web_config_file).content;
  if (!config) return Unexpected(config.error());
  return config->tls ? config->tls->cert_file : std::string();
}

// The store that this process uses is not configured by the settings.
constexpr std::string_view kOurTrustAdvice = "set SSL_CERT_FILE to the CA's certificate";

// `login`: "NAME:PASSWORD".
std::string authorization(const Secret& login) {
  const std::string& text = login.reveal();
  const std::size_t colon = std::min(text.find(':'), text.size());
  return basic_authorization(text.substr(0, colon), text.substr(std::min(colon + 1, text.size())));
}

// Whoever can read it can call the daemon with this login.
void warn_of_readers(const std::string& path) {
  if ((file_mode(path).value_or(0) & (S_IROTH | S_IWOTH)) == 0) return;
  complain("warning: every user of this machine can read or write " + shown_path(path) +
           " (DEFENDERD_BASIC_AUTH_FILE); chmod o-rw " + shown_path(path));
}

// What to do about a daemon that asks its clients for a certificate.
constexpr std::string_view kNeedsCertificate =
    "set DEFENDERD_CLIENT_CERT_FILE and DEFENDERD_CLIENT_KEY_FILE to the PEM files of a "
    "certificate and its key";

Result<OwnCertificate> own_certificate(const Environment& environment) {
  const std::string& certificate = environment.client_cert_file;
  const std::string& key = environment.client_key_file;
  if (certificate.empty() == key.empty()) return OwnCertificate{certificate, key};
  const std::string set = key.empty() ? "CERT" : "KEY";
  const std::string missing = key.empty() ? "KEY" : "CERT";
  return Unexpected(Error{"DEFENDERD_CLIENT_" + set + "_FILE is set and DEFENDERD_CLIENT_" +
                          missing + "_FILE is not: a certificate and its key go together"});
}

Result<std::unique_ptr<HttpsTransport>> transport_to(const DaemonAddress& daemon,
                                                     const Environment& environment,
                                                     Duration timeout) {
  if (!daemon.origin.tls) return HttpsTransport::create_plain(timeout);
  auto own = own_certificate(environment);
  if (!own) return Unexpected(own.error());
  HttpsTransport::Options options;
  options.connect_timeout = timeout;
  options.own_certificate = *std::move(own);
  if (!daemon.certificate_file.empty())
    return HttpsTransport::create_pinned(daemon.certificate_file, std::move(options));
  options.ssl_cert_file = environment.ssl_cert_file;
  options.ssl_cert_dir = environment.ssl_cert_dir;
  return HttpsTransport::create(std::move(options));
}

}  // namespace

Result<DaemonAddress> daemon_address(const ServerSettings& server) {
  if (server.port == 0) {
    return Unexpected(
        Error{"server.listen lets the system choose the port; set it with --url (the log has it)"});
  }
  auto certificate = certificate_of(server);
  if (!certificate) return Unexpected(certificate.error());
  DaemonAddress daemon{{.tls = !certificate->empty(), .host = server.host, .port = server.port},
                       true,
                       *std::move(certificate)};
  Origin& origin = daemon.origin;
  if (origin.host.empty() || origin.host == "0.0.0.0") origin.host = "127.0.0.1";
  if (origin.host == "::") origin.host = "::1";
  return daemon;
}

Result<DaemonAddress> find_daemon(const CommandLine& line) {
  if (!line.url.empty()) {
    auto origin = Origin::parse(line.url);
    if (origin) return DaemonAddress{*std::move(origin)};
    return Unexpected(
        Error{"--url: expected http://HOST:PORT or https://HOST:PORT and nothing after it"});
  }
  auto settings = load_settings_of(line);
  if (!settings) return Unexpected(settings.error());
  auto daemon = daemon_address(settings->server);
  if (!daemon) return Unexpected(Error{line.config_path + ": " + daemon.error().message});
  return daemon;
}

DaemonCaller::DaemonCaller(DaemonAddress daemon, std::unique_ptr<HttpsTransport> transport,
                           HttpHeaders headers, bool shows_certificate)
    : daemon_(std::move(daemon)),
      transport_(std::move(transport)),
      headers_(std::move(headers)),
      shows_certificate_(shows_certificate) {}

Result<DaemonCaller> DaemonCaller::open(DaemonAddress daemon, Duration connect_timeout) {
  const Environment environment = read_environment();
  auto transport = transport_to(daemon, environment, connect_timeout);
  if (!transport) return Unexpected(transport.error());
  HttpHeaders headers{{"User-Agent", build_user_agent()}};
  if (!environment.basic_auth_file.empty()) {
    const Origin& origin = daemon.origin;
    if (!origin.tls && !daemon.on_this_machine && !is_loopback(origin.host)) {
      return Unexpected(
          Error{"the password in DEFENDERD_BASIC_AUTH_FILE is not sent to " + origin.text() +
                ", because it would cross the network unencrypted; use https://, or a loopback "
                "address, as kubectl port-forward and ssh -L provide it"});
    }
    const auto login = read_secret_file(environment.basic_auth_file, SecretKind::Words);
    if (!login) return Unexpected(Error{"DEFENDERD_BASIC_AUTH_FILE: " + login.error().message});
    warn_of_readers(environment.basic_auth_file);
    headers.emplace_back("Authorization", authorization(*login));
  }
  return DaemonCaller(std::move(daemon), *std::move(transport), std::move(headers),
                      !environment.client_cert_file.empty());
}

Result<HttpResponse, TransportError> DaemonCaller::send(HttpRequest request) const {
  request.origin = daemon_.origin;
  request.headers.insert(request.headers.end(), headers_.begin(), headers_.end());
  auto answer = transport_->send(request, std::stop_token());
  if (!answer) {
    std::string& message = answer.error().message;
    message = with_trust_advice(std::move(message), kOurTrustAdvice);
  }
  // By TLS 1.3 a server refuses a client without a certificate after the handshake.
  if (answer || !daemon_.origin.tls || shows_certificate_) return answer;
  TransportError& error = answer.error();
  if (error.refused || error.kind == TransportError::Kind::Broken)
    (error.message += "; if it asks for a client certificate, ") += kNeedsCertificate;
  return answer;
}

Result<HttpResponse> call_daemon(const DaemonAddress& daemon, HttpRequest request) {
  const auto caller = DaemonCaller::open(daemon, request.timeout);
  if (!caller) return Unexpected(caller.error());
  auto answer = caller->send(std::move(request));
  if (!answer) return Unexpected(Error{answer.error().message});
  return *std::move(answer);
}

bool asks_for_certificate(const HttpResponse& answer) {
  constexpr int kForbidden = 403;
  return answer.status == kForbidden &&
         answer.body.find("needs a client certificate") != std::string::npos;
}

std::string answer_text(const Origin& daemon, std::string_view path, const HttpResponse& answer) {
  std::string text = daemon.text() + std::string(path) + " answered " +
                     std::to_string(answer.status) + ": " + foreign_text(trim(answer.body));
  constexpr int kUnauthorized = 401;
  if (answer.status == kUnauthorized) {
    text +=
        "; put NAME:PASSWORD into a file that only you can read, and its path into "
        "DEFENDERD_BASIC_AUTH_FILE";
  }
  if (asks_for_certificate(answer)) (text += "; ") += kNeedsCertificate;
  return text;
}

}  // namespace defenderd
