#include "app/web_watch.h"

#include <algorithm>
#include <utility>

#include "app/exposure.h"
#include "base/list_text.h"
#include "base/scrub.h"
#include "base/time_text.h"
#include "desired/content_hash.h"
#include "desired/file_source.h"
#include "desired/folder_watch.h"
#include "desired/web_config.h"

namespace defenderd {
namespace {

constexpr Duration kBetweenChecks = std::chrono::seconds(1);
// Most edits come to rest earlier.
constexpr int kLoggedAfterChecks = 4;

std::string hash_of(const std::vector<NamedText>& texts) {
  std::vector<std::string_view> parts;
  for (const NamedText& file : texts) {
    parts.emplace_back(file.name);
    parts.emplace_back(file.text);
  }
  return content_hash(parts);
}

std::vector<Problem> problem(const std::string& file, const Error& error) {
  return {{.file = file, .message = error.message}};
}

}  // namespace

// The files as a FileSource, and the watch that sees their writers.
class WebWatch::Followed {
 public:
  explicit Followed(const ServerSettings& server)
      : Followed(std::make_unique<const WebFiles>(server.web_config_file), server.open_probes) {}

  [[nodiscard]] Source<Loaded>& source() { return source_; }

  std::optional<Source<Loaded>::Given> poll(const Clock& clock) {
    if (files_.names() != watched_) watch_again();
    watch_->wait(Duration::zero(), {});
    // The strictest: one that is being written makes the others wait.
    Writer writer = Writer::Unknown;
    for (const std::string& name : watched_) {
      const Writer of_file = watch_->take_writer(name);
      const bool stricter = of_file == Writer::AtWork || writer == Writer::Unknown ||
                            (writer == Writer::Placed && of_file == Writer::Done);
      if (stricter) writer = of_file;
    }
    return source_.poll(time_of(clock), writer);
  }

 private:
  Followed(std::unique_ptr<const WebFiles> files, bool open_probes)
      : files_(*files),
        source_(std::move(files), [this, open_probes](const std::vector<NamedText>& texts) {
          return load(texts, files_, open_probes);
        }) {
    watch_again();
  }
  void watch_again() {
    watched_ = files_.names();
    watch_.emplace(watched_);
  }

  const WebFiles& files_;  // the source's
  Source<Loaded> source_;
  std::vector<std::string> watched_ = {};
  std::optional<FolderWatch> watch_ = {};
};

Result<WebWatch::Loaded, std::vector<Problem>> WebWatch::load(const std::vector<NamedText>& texts,
                                                              const WebFiles& files,
                                                              bool open_probes) {
  const std::string& path = files.path();
  auto config = read_web_config(texts.front().text, path);
  if (!config) return Unexpected(std::move(config.error()));
  Loaded loaded;
  loaded.hash = hash_of(texts);
  loaded.rules.users = std::move(config->users);
  loaded.rules.open_probes = open_probes;
  loaded.files.push_back({path});
  if (!config->tls) return loaded;
  const WebConfig::Tls& named = *config->tls;
  for (const std::string* const file : {&named.cert_file, &named.key_file, &named.client_ca_file}) {
    if (!file->empty()) loaded.files.push_back({*file, file == &named.key_file});
  }
  loaded.tls = named.rules;
  loaded.rules.needs_certificate = named.rules.client == ClientAuth::Required;
  auto tls =
      ServerTls::create({files.pem(named.cert_file).reveal(), files.pem(named.key_file),
                         files.pem(named.client_ca_file).reveal(), named.rules, open_probes});
  if (!tls) return Unexpected(problem(path, tls.error()));
  loaded.expires = (*tls)->expires();
  loaded.rules.tls = *std::move(tls);
  return loaded;
}

Result<std::shared_ptr<WebWatch>> WebWatch::open(
    const ServerSettings& settings, Clock& clock, const std::stop_token& stop,
    const std::function<void(const std::string&)>& waits, std::vector<std::string>& warnings) {
  if (settings.web_config_file.empty()) return std::shared_ptr<WebWatch>();
  auto followed = std::make_unique<Followed>(settings);
  auto loaded = followed->source().first(clock, stop, waits, warnings);
  if (!loaded) return Unexpected(as_error(loaded.error()));
  return std::shared_ptr<WebWatch>(new WebWatch(settings, std::move(followed), *std::move(loaded)));
}

Result<Done> WebWatch::try_now(const ServerSettings& settings) {
  if (settings.web_config_file.empty()) return Done{};
  const WebFiles files(settings.web_config_file);
  auto texts = files.load();
  if (!texts) return Unexpected(as_error(texts.error()));
  const auto loaded = load(*texts, files, settings.open_probes);
  if (!loaded) return Unexpected(as_error(loaded.error()));
  return Done{};
}

WebWatch::WebWatch(ServerSettings server, std::unique_ptr<Followed> followed, Loaded loaded)
    : server_(std::move(server)),
      followed_(std::move(followed)),
      in_force_(std::move(loaded)),
      access_(in_force_.rules),
      files_(std::exchange(in_force_.files, {})) {}

WebWatch::~WebWatch() = default;

std::vector<WebWatch::File> WebWatch::files() const {
  const MutexLock lock(mutex_);
  return files_;
}

void WebWatch::check(const Clock& clock, Metrics& metrics, Logger& log) {
  const SteadyTime now = clock.steady_now();
  if (checked_ && now - *checked_ < kBetweenChecks) return;
  checked_ = now;
  if (in_force_.expires) metrics.credential_expires(kServerCertificate, *in_force_.expires);
  auto given = followed_->poll(clock);
  report_wait(log);
  if (!given) return;
  if (!given->warning.empty()) log.log(LogLevel::Warn, log_event::kOddFile, given->warning);
  if (given->value) return take(*std::move(given->value), log);
  refused_ = true;
  log.log(LogLevel::Error, log_event::kWebConfig,
          as_error(given->value.error()).message + "; the last good one stays in force");
}

void WebWatch::report_wait(Logger& log) {
  waiting_checks_ = followed_->source().pending() ? waiting_checks_ + 1 : 0;
  if (waiting_checks_ == kLoggedAfterChecks)
    log.log(LogLevel::Info, log_event::kReloadWaits, followed_->source().waiting());
}

std::vector<std::string> WebWatch::losses(const Loaded& before, const Loaded& after) {
  std::vector<std::string> lost;
  const auto compare = [&](bool had, bool has, const char* what) {
    if (had && !has) lost.emplace_back(what);
  };
  compare(before.rules.tls != nullptr, after.rules.tls != nullptr, "TLS");
  compare(before.rules.needs_certificate, after.rules.needs_certificate,
          "the certificate of each client");
  compare(!before.tls.allowed_sans.empty(), !after.tls.allowed_sans.empty(),
          "the names that a client's certificate must have");
  compare(!before.rules.users.empty(), !after.rules.users.empty(), "the users and their passwords");
  return lost;
}

void WebWatch::take(Loaded next, Logger& log) {
  const std::string file = shown_path(server_.web_config_file);
  const bool mended = std::exchange(refused_, false);
  if (next.hash == in_force_.hash) {
    if (mended) {
      log.log(LogLevel::Info, log_event::kWebConfig,
              file + ": it has the content again that is in force");
    }
    return;
  }
  const std::vector<std::string> lost = losses(in_force_, next);
  in_force_ = std::move(next);
  access_.set(in_force_.rules);
  {
    const MutexLock lock(mutex_);
    files_ = std::exchange(in_force_.files, {});
  }
  log.log(LogLevel::Info, log_event::kWebConfig,
          file + ": the new web configuration is in force" +
              (in_force_.expires
                   ? "; the certificate is valid until " + format_rfc3339(*in_force_.expires)
                   : ""));
  if (!lost.empty()) {
    log.log(LogLevel::Warn, log_event::kWebConfig,
            file + ": the new web configuration no longer has " + joined(lost) +
                ", which the one before had");
  }
  report_exposure(server_, &access_, log);
}

}  // namespace defenderd
