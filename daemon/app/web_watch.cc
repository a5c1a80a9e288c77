#include "app/web_watch.h"

#include <array>
#include <utility>
#include <vector>

#include "base/read_file.h"
#include "base/scrub.h"
#include "base/time_text.h"
#include "desired/content_hash.h"
#include "desired/web_config.h"

namespace defenderd {
namespace {

constexpr std::size_t kMaxFile = std::size_t{1} << 20U;
constexpr Duration kBetweenChecks = std::chrono::seconds(1);

}  // namespace

// The files as they are, whatever they are.
struct WebWatch::Content {
  std::string path = {};  // of the web configuration
  Result<WebConfig> config = Unexpected(Error{});
  struct Pem {
    std::string path = {};  // "": none
    Result<Secret> text = Secret();
  };
  std::array<Pem, 3> files = {};  // certificate, key, clients' certificates
  std::string hash = {};
};

WebWatch::Content WebWatch::read(const std::string& path) {
  Content content;
  content.path = path;
  auto read = read_web_config_file(path);
  content.config = std::move(read.content);
  if (!read.text) {
    content.hash = content_hash({"unreadable", read.text.error().message});
    return content;
  }
  std::vector<std::string_view> parts{*read.text};
  if (content.config && content.config->tls) {
    const WebConfig::Tls& tls = *content.config->tls;
    const std::array<const std::string*, 3> paths{&tls.cert_file, &tls.key_file,
                                                  &tls.client_ca_file};
    for (std::size_t i = 0; i < paths.size(); ++i) {
      Content::Pem& file = content.files.at(i);
      file.path = *paths.at(i);
      if (file.path.empty()) continue;
      auto pem = read_file(file.path, kMaxFile);
      if (pem) {
        file.text = Secret(*std::move(pem));
      } else {
        file.text = Unexpected(Error{shown_path(path) + ": cannot read " + shown_path(file.path) +
                                     ": " + pem.error().message});
      }
      parts.emplace_back(file.text ? file.text->reveal() : file.text.error().message);
    }
  }
  content.hash = content_hash(parts);
  return content;
}

Result<WebWatch::Loaded> WebWatch::load(const Content& content, bool open_probes) {
  if (!content.config) return Unexpected(content.config.error());
  Loaded loaded;
  loaded.rules.users = content.config->users;
  loaded.rules.open_probes = open_probes;
  loaded.files.push_back({content.path});
  if (!content.config->tls) return loaded;
  for (const Content::Pem& file : content.files) {
    if (!file.text) return Unexpected(file.text.error());
    if (!file.path.empty()) loaded.files.push_back({file.path, &file == &content.files[1]});
  }
  const TlsRules& rules = content.config->tls->rules;
  loaded.rules.needs_certificate = rules.client == ClientAuth::Required;
  auto tls = ServerTls::create({content.files[0].text->reveal(), *content.files[1].text,
                                content.files[2].text->reveal(), rules, open_probes});
  if (!tls) return Unexpected(Error{shown_path(content.path) + ": " + tls.error().message});
  loaded.expires = (*tls)->expires();
  loaded.rules.tls = *std::move(tls);
  return loaded;
}

Result<std::shared_ptr<WebWatch>> WebWatch::open(const ServerSettings& settings) {
  if (settings.web_config_file.empty()) return std::shared_ptr<WebWatch>();
  const Content content = read(settings.web_config_file);
  auto loaded = load(content, settings.open_probes);
  if (!loaded) return Unexpected(loaded.error());
  return std::shared_ptr<WebWatch>(new WebWatch(settings.web_config_file, settings.open_probes,
                                                *std::move(loaded), content.hash));
}

WebWatch::WebWatch(std::string path, bool open_probes, Loaded loaded, std::string hash)
    : path_(std::move(path)),
      open_probes_(open_probes),
      expires_(loaded.expires),
      in_force_(std::move(hash)),
      seen_(in_force_),
      access_(std::move(loaded.rules)),
      files_(std::move(loaded.files)) {}

std::vector<WebWatch::File> WebWatch::files() const {
  const MutexLock lock(mutex_);
  return files_;
}

void WebWatch::check(const Clock& clock, Metrics& metrics, Logger& log) {
  const SteadyTime now = clock.steady_now();
  if (checked_ && now - *checked_ < kBetweenChecks) return;
  checked_ = now;
  if (expires_) metrics.credential_expires(kServerCertificate, *expires_);
  const Content content = read(path_);
  const bool at_rest = content.hash == std::exchange(seen_, content.hash);
  if (at_rest && content.hash == in_force_ && !std::exchange(refused_, {}).empty()) {
    log.log(LogLevel::Info, log_event::kWebConfig,
            shown_path(path_) + ": it has the content again that is in force");
  }
  if (!at_rest || content.hash == in_force_ || content.hash == refused_) return;
  auto loaded = load(content, open_probes_);
  if (!loaded) {
    refused_ = content.hash;
    log.log(LogLevel::Error, log_event::kWebConfig,
            loaded.error().message + "; the last good one stays in force");
    return;
  }
  in_force_ = content.hash;
  refused_.clear();
  expires_ = loaded->expires;
  const std::string until =
      expires_ ? "; the certificate is valid until " + format_rfc3339(*expires_) : "";
  access_.set(std::move(loaded->rules));
  {
    const MutexLock lock(mutex_);
    files_ = std::move(loaded->files);
  }
  log.log(LogLevel::Info, log_event::kWebConfig,
          shown_path(path_) + ": the new web configuration is in force" + until);
}

}  // namespace defenderd
