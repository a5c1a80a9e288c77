#include "armsim/simulator.h"

#include <optional>
#include <stdexcept>
#include <utility>

#include "armsim/certificates.h"
#include "armsim/core.h"
#include "armsim/http_server.h"
#include "armsim/world.h"
#include "base/text.h"

namespace armsim {
namespace {

using defenderd::Done;
using defenderd::Result;
using defenderd::Unexpected;

bool is_wildcard(const std::string& host) { return host == "0.0.0.0" || host == "::"; }

// A host that a client on this machine can dial.
std::string dialled_host(const std::string& host) {
  if (host == "0.0.0.0") return "127.0.0.1";
  if (host == "::") return "[::1]";
  return host.find(':') == std::string::npos ? host : "[" + host + "]";
}

}  // namespace

class Simulator::Impl {
 public:
  explicit Impl(Options options)
      : core(std::move(options)),
        server([this](const HttpRequest& request) { return core.handle(request); }) {}

  // Runs `work` with the lock held and notifies wait_for.
  template <class Work>
  void change(const Work& work) {
    const std::scoped_lock lock(core.mutex);
    work();
    core.bump();
  }

  // To be called before the world is shown, or after its clock has moved.
  void land_late_writes() {
    std::unique_lock lock(core.mutex);
    core.land_late_writes(lock);
  }

  const Stored& at(const std::string& id) {
    const Stored* const stored = core.find(defenderd::to_lower(id));
    if (stored == nullptr) throw std::out_of_range("the simulator has no subscription " + id);
    return *stored;
  }

  Core core;
  HttpServer server;  // after the core, which its handlers use
  std::string ca_pem;
  int port = 0;
};

Simulator::Simulator(Options options) : impl_(std::make_unique<Impl>(std::move(options))) {}

Simulator::~Simulator() { stop(); }

Result<Done> Simulator::start() {
  const Options& options = impl_->core.options;
  std::optional<ServerCertificate> certificate;
  if (options.tls != Tls::None) {
    std::vector<std::string> names = options.tls_names;
    if (!is_wildcard(options.host)) names.push_back(options.host);
    auto made = options.tls == Tls::Files
                    ? read_server_certificate(options.tls_cert_file, options.tls_key_file)
                    : make_server_certificate(names);
    if (!made) return Unexpected(made.error());
    certificate = *std::move(made);
    impl_->ca_pem = certificate->ca_pem;
  }
  impl_->change([this] { impl_->core.stopping = false; });
  auto port =
      impl_->server.start(options.host, options.port, certificate ? &*certificate : nullptr);
  if (!port) return Unexpected(port.error());
  impl_->change([&] {
    impl_->port = *port;
    impl_->core.base_url = std::string(certificate ? "https" : "http") + "://" +
                           dialled_host(options.host) + ":" + std::to_string(*port);
  });
  return Done{};
}

void Simulator::stop() {
  impl_->change([this] { impl_->core.stopping = true; });
  impl_->core.wake.notify_all();
  impl_->server.stop();
}

std::string Simulator::base_url() const {
  const std::scoped_lock lock(impl_->core.mutex);
  return impl_->core.base_url;
}

int Simulator::port() const {
  const std::scoped_lock lock(impl_->core.mutex);
  return impl_->port;
}

std::string Simulator::ca_pem() const { return impl_->ca_pem; }

void Simulator::add(Subscription subscription) {
  impl_->change([&] { put_subscription(impl_->core, std::move(subscription)); });
}

void Simulator::remove(const std::string& id) {
  impl_->change([&] { impl_->core.subscriptions.erase(defenderd::to_lower(id)); });
}

Subscription Simulator::subscription(const std::string& id) const {
  impl_->land_late_writes();
  const std::scoped_lock lock(impl_->core.mutex);
  return impl_->at(id).subscription;
}

Plan Simulator::plan(const std::string& id) const {
  impl_->land_late_writes();
  const std::scoped_lock lock(impl_->core.mutex);
  return impl_->at(id).subscription.plan;
}

std::vector<Subscription> Simulator::snapshot() const {
  const std::scoped_lock lock(impl_->core.mutex);
  std::vector<Subscription> result;
  for (const auto& [id, stored] : impl_->core.subscriptions) result.push_back(stored.subscription);
  return result;
}

void Simulator::update(const std::string& id, const std::function<void(Subscription&)>& change,
                       const Caller& caller) {
  impl_->change([&] {
    Subscription subscription = impl_->at(id).subscription;
    change(subscription);
    subscription.id = id;
    change_subscription(impl_->core, std::move(subscription), caller);
  });
}

Behaviour Simulator::behaviour() const {
  const std::scoped_lock lock(impl_->core.mutex);
  return impl_->core.options.behaviour;
}

void Simulator::set_behaviour(const std::function<void(Behaviour&)>& change) {
  impl_->change([&] { change(impl_->core.options.behaviour); });
}

void Simulator::inject(Fault fault) {
  impl_->change([&] { impl_->core.faults.add(std::move(fault)); });
}

void Simulator::clear_faults() {
  impl_->change([this] { impl_->core.faults.clear(); });
}

std::size_t Simulator::faults_left() const {
  const std::scoped_lock lock(impl_->core.mutex);
  return impl_->core.faults.size();
}

int Simulator::held() const {
  const std::scoped_lock lock(impl_->core.mutex);
  return impl_->core.held;
}

void Simulator::release_held() {
  impl_->change([this] { release_all(impl_->core); });
}

void Simulator::set_client_secret(std::string secret) {
  impl_->change([&] { impl_->core.options.client_secret = std::move(secret); });
}

void Simulator::set_federated_tokens(std::vector<std::string> tokens) {
  impl_->change([&] { impl_->core.options.federated_tokens = std::move(tokens); });
}

void Simulator::set_certificates(std::vector<std::string> pems) {
  impl_->change([&] { impl_->core.options.certificates = std::move(pems); });
}

void Simulator::revoke_tokens() {
  impl_->change([this] { expire_tokens(impl_->core); });
}

void Simulator::set_imds_gone(int requests) {
  impl_->change([&] { impl_->core.imds_gone = requests; });
}

void Simulator::advance(std::chrono::milliseconds by) {
  impl_->change([&] { impl_->core.move_clock(by); });
  impl_->land_late_writes();
}

std::chrono::system_clock::time_point Simulator::now() const {
  const std::scoped_lock lock(impl_->core.mutex);
  return impl_->core.now();
}

std::vector<LoggedRequest> Simulator::requests() const {
  const std::scoped_lock lock(impl_->core.mutex);
  return {impl_->core.log.begin(), impl_->core.log.end()};
}

Counters Simulator::counters() const {
  const std::scoped_lock lock(impl_->core.mutex);
  return impl_->core.totals;
}

Counters Simulator::counters(const std::string& id) const {
  const std::scoped_lock lock(impl_->core.mutex);
  return impl_->at(id).counters;
}

void Simulator::clear_log() {
  impl_->change([this] { forget_requests(impl_->core); });
}

bool Simulator::wait_for(const std::function<bool()>& predicate,
                         std::chrono::milliseconds deadline) const {
  const auto end = std::chrono::steady_clock::now() + deadline;
  std::unique_lock lock(impl_->core.mutex);
  while (true) {
    const std::uint64_t seen = impl_->core.version;
    lock.unlock();
    if (predicate()) return true;
    lock.lock();
    if (!impl_->core.changed.wait_until(lock, end, [&] { return impl_->core.version != seen; })) {
      return false;
    }
  }
}

}  // namespace armsim
