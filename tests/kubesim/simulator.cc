#include "kubesim/simulator.h"

#include <stdexcept>
#include <utility>

#include "armsim/certificates.h"
#include "armsim/http_server.h"
#include "armsim/temp_directory.h"
#include "base/base64url.h"
#include "kubesim/control.h"
#include "kubesim/convert.h"
#include "kubesim/core.h"
#include "kubesim/service_account.h"

namespace kubesim {
namespace {

template <class Value>
Value value_or_throw(defenderd::Result<Value> result) {
  if (!result) throw std::runtime_error(result.error().message);
  return *std::move(result);
}

}  // namespace

class Simulator::Impl {
 public:
  Impl(Options options, Simulator& simulator)
      : core(std::move(options)),
        certificate(value_or_throw(armsim::make_server_certificate({core.options.host}))),
        server([this](const HttpRequest& request) { return core.handle(request); }),
        control_server([this, &simulator](const HttpRequest& request) {
          return control(simulator, core, request);
        }) {
    if (core.options.folder.empty()) {
      temporary = std::make_unique<armsim::TempDirectory>();
      core.options.folder = temporary->path("serviceaccount");
    }
  }

  // Apart from the constructor: the control calls the simulator, which must be whole then.
  void start() {
    port = value_or_throw(server.start(core.options.host, core.options.port, &certificate));
    control_port =
        value_or_throw(control_server.start("127.0.0.1", core.options.control_port, nullptr));
    set_token(new_token(), false);
  }

  ~Impl() {
    control_server.stop();
    end();
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  // Runs `work` with the lock held and notifies wait_for.
  template <class Work>
  void change(const Work& work) {
    const std::scoped_lock lock(core.mutex);
    work();
    core.bump();
  }

  template <class Value, class Convert>
  std::optional<Value> read(const Resource& resource, const std::string& ns,
                            const std::string& name, const Convert& convert) const {
    const std::scoped_lock lock(core.mutex);
    const Json* const object = core.find(resource, ns, name);
    if (object == nullptr) return std::nullopt;
    return convert(*object);
  }

  void write(const Resource& resource, const std::string& ns, Json object) {
    change([&] {
      core.add_namespace(ns);
      core.store(resource, std::move(object), "kubesim");
    });
  }

  void set_token(const std::string& the_token, bool keep_old) {
    const std::scoped_lock turn(lifecycle);
    std::string folder;
    {
      const std::scoped_lock lock(core.mutex);
      if (!keep_old) core.tokens.clear();
      core.tokens.insert(the_token);
      token = the_token;
      core.bump();
    }
    value_or_throw(
        write_service_account(core.options.folder, {.url = url(),
                                                    .control_url = control_url(),
                                                    .ca_pem = certificate.ca_pem,
                                                    .token = the_token,
                                                    .namespace_ = core.options.service_namespace,
                                                    .name = core.options.service_account}));
  }

  void end() {
    const std::scoped_lock turn(lifecycle);
    change([this] { core.stopping = true; });
    core.wake.notify_all();
    server.stop();
  }

  void begin() {
    const std::scoped_lock turn(lifecycle);
    {
      const std::scoped_lock lock(core.mutex);
      if (!core.stopping) return;
      core.stopping = false;
    }
    value_or_throw(server.start(core.options.host, port, &certificate));
  }

  [[nodiscard]] std::string url() const {
    const std::string& host = core.options.host;
    return "https://" + (host == "0.0.0.0" ? "127.0.0.1" : host) + ":" + std::to_string(port);
  }
  [[nodiscard]] std::string control_url() const {
    return "http://127.0.0.1:" + std::to_string(control_port);
  }
  [[nodiscard]] std::string file(const char* name) const {
    return core.options.folder + "/" + name;
  }

  // In the form of a real one, which is a JWT; the signature is random, and nobody checks it.
  std::string new_token() {
    const Json payload{{"iss", "https://kubernetes.default.svc.cluster.local"},
                       {"sub", core.user()},
                       {"jti", core.random_letters(32)}};
    return defenderd::base64url(R"({"alg":"RS256","kid":"kubesim"})") + "." +
           defenderd::base64url(payload.dump()) + "." + core.random_letters(64);
  }

  Core core;
  const armsim::ServerCertificate certificate;
  armsim::HttpServer server;  // after the core, which its handlers use
  armsim::HttpServer control_server;
  std::unique_ptr<armsim::TempDirectory> temporary;
  std::mutex lifecycle;  // one start, end or rotation at a time; taken before the core's
  int port = 0;
  int control_port = 0;
  std::string token;  // with the core's lock
};

Simulator::Simulator(Options options) : impl_(std::make_unique<Impl>(std::move(options), *this)) {
  impl_->start();
}

Simulator::~Simulator() = default;

std::string Simulator::url() const { return impl_->url(); }
int Simulator::port() const { return impl_->port; }
std::string Simulator::control_url() const { return impl_->control_url(); }
std::string Simulator::folder() const { return impl_->core.options.folder; }
std::string Simulator::ca_file() const { return impl_->file("ca.crt"); }
std::string Simulator::token_file() const { return impl_->file("token"); }
std::string Simulator::namespace_file() const { return impl_->file("namespace"); }
std::string Simulator::kubeconfig_file() const { return impl_->file("kubeconfig"); }
std::string Simulator::ca_pem() const { return impl_->certificate.ca_pem; }
std::string Simulator::service_namespace() const { return impl_->core.options.service_namespace; }

std::string Simulator::token() const {
  const std::scoped_lock lock(impl_->core.mutex);
  return impl_->token;
}

void Simulator::set_token(const std::string& token, bool keep_old) {
  impl_->set_token(token, keep_old);
}

void Simulator::revoke_token() {
  impl_->change([this] { impl_->core.tokens.clear(); });
}

std::optional<Lease> Simulator::lease(const std::string& ns, const std::string& name) const {
  return impl_->read<Lease>(leases(), ns, name, to_lease);
}

std::optional<ConfigMap> Simulator::config_map(const std::string& ns,
                                               const std::string& name) const {
  return impl_->read<ConfigMap>(config_maps(), ns, name, to_config_map);
}

void Simulator::set_lease(const std::string& ns, const std::string& name, const Lease& lease) {
  impl_->write(leases(), ns, to_json(ns, name, lease));
}

void Simulator::set_config_map(const std::string& ns, const std::string& name,
                               const ConfigMap& map) {
  impl_->write(config_maps(), ns, to_json(ns, name, map));
}

void Simulator::remove_lease(const std::string& ns, const std::string& name) {
  impl_->change([&] { impl_->core.erase(leases(), ns, name); });
}

void Simulator::remove_config_map(const std::string& ns, const std::string& name) {
  impl_->change([&] { impl_->core.erase(config_maps(), ns, name); });
}

void Simulator::add_namespace(const std::string& ns) {
  impl_->change([&] { impl_->core.add_namespace(ns); });
}

void Simulator::deny(const std::string& verb, const std::string& resource) {
  impl_->change([&] { impl_->core.denied.emplace(verb, resource); });
}

void Simulator::allow_everything() {
  impl_->change([this] { impl_->core.denied.clear(); });
}

void Simulator::fault(Fault fault) {
  impl_->change([&] { impl_->core.faults.add(std::move(fault)); });
}

void Simulator::clear_faults() {
  impl_->change([this] { impl_->core.faults.clear(); });
}

std::size_t Simulator::faults_left() const {
  const std::scoped_lock lock(impl_->core.mutex);
  return impl_->core.faults.list().size();
}

int Simulator::held() const {
  const std::scoped_lock lock(impl_->core.mutex);
  return impl_->core.held;
}

void Simulator::release_held() {
  impl_->change([this] { ++impl_->core.releases; });
  impl_->core.wake.notify_all();
}

void Simulator::go_away() { impl_->end(); }

void Simulator::come_back() { impl_->begin(); }

std::vector<LoggedRequest> Simulator::requests() const {
  const std::scoped_lock lock(impl_->core.mutex);
  return {impl_->core.log.begin(), impl_->core.log.end()};
}

void Simulator::clear_requests() {
  impl_->change([this] { impl_->core.log.clear(); });
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
    if (!impl_->core.changed.wait_until(lock, end, [&] { return impl_->core.version != seen; }))
      return false;
  }
}

}  // namespace kubesim
