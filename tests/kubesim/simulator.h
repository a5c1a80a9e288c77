#pragma once
// A Kubernetes API server for Leases and ConfigMaps on a loopback port, over real HTTPS, as strict
// as version 1.32 and with its words.
//
//   kubesim::Simulator cluster;
//   cluster.fault(kubesim::Fault::drop(kubesim::When::After).on("update", "leases"));
//   ... talk to cluster.url(), with cluster.token_file() and cluster.ca_file() ...
//   EXPECT_EQ(cluster.lease(cluster.service_namespace(), "defenderd")->holder, "a");
//
// It stores nothing on disk, and knows one user with one token, who may do everything that deny()
// does not take away. The control of this class over HTTP (control.h) has its own port, which
// answers while the API server is away.

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "kubesim/fault.h"
#include "kubesim/objects.h"
#include "kubesim/request_log.h"

namespace kubesim {

struct Options {
  std::string host = "127.0.0.1";
  int port = 0;          // 0 = any free one
  int control_port = 0;  // likewise; always of 127.0.0.1
  std::string folder{};  // of the files below; "" = a temporary one, which the end removes
  std::string service_namespace = "defender";
  std::string service_account = "defenderd";
  const defenderd::Clock* clock = nullptr;  // must outlive it; nullptr = the machine's
  std::size_t log_limit = 100'000;          // oldest requests leave the log first
};

// Thread-safe. The constructor starts it, and throws runtime_error if it cannot; the destructor
// ends every connection at once, requests in flight included.
class Simulator {
 public:
  explicit Simulator(Options options = {});
  ~Simulator();
  Simulator(const Simulator&) = delete;
  Simulator& operator=(const Simulator&) = delete;

  [[nodiscard]] std::string url() const;  // "https://127.0.0.1:12345"
  [[nodiscard]] int port() const;
  [[nodiscard]] std::string control_url() const;  // "http://127.0.0.1:12346"

  // The files of a mounted service account, in one folder, and a kubeconfig with the same.
  [[nodiscard]] std::string folder() const;
  [[nodiscard]] std::string ca_file() const;
  [[nodiscard]] std::string token_file() const;
  [[nodiscard]] std::string namespace_file() const;
  [[nodiscard]] std::string kubeconfig_file() const;
  [[nodiscard]] std::string ca_pem() const;
  [[nodiscard]] std::string service_namespace() const;

  // The token that is in the file. Another one replaces it there and in the kubeconfig, as the
  // kubelet does; with `keep_old` the earlier ones are still accepted, as real ones are for a
  // while.
  [[nodiscard]] std::string token() const;
  void set_token(const std::string& token, bool keep_old = false);
  void revoke_token();  // none is accepted any more, and the file stays as it is

  // The objects as they are now; nullopt: there is none. What is set is written behind everybody's
  // back with a new resourceVersion, and its namespace is made.
  [[nodiscard]] std::optional<Lease> lease(const std::string& ns, const std::string& name) const;
  [[nodiscard]] std::optional<ConfigMap> config_map(const std::string& ns,
                                                    const std::string& name) const;
  void set_lease(const std::string& ns, const std::string& name, const Lease& lease);
  void set_config_map(const std::string& ns, const std::string& name, const ConfigMap& map);
  void remove_lease(const std::string& ns, const std::string& name);
  void remove_config_map(const std::string& ns, const std::string& name);
  void add_namespace(const std::string& ns);

  // Takes a right away: "update", "leases". "" is every verb, every resource.
  void deny(const std::string& verb, const std::string& resource);
  void allow_everything();

  // Faults are tried in the order of injection; the first that matches hits.
  void fault(Fault fault);
  void clear_faults();
  [[nodiscard]] std::size_t faults_left() const;  // that are not used up
  [[nodiscard]] int held() const;                 // requests waiting by Fault::hold
  void release_held();                            // those that wait now

  // Ends every connection and refuses new ones, and serves again on the same port.
  void go_away();
  void come_back();  // throws runtime_error if the port was taken meanwhile

  [[nodiscard]] std::vector<LoggedRequest> requests() const;
  void clear_requests();

  // Calls `predicate` now and after every request or change until it is true (true) or the time is
  // up. The predicate may call every method of this class.
  bool wait_for(const std::function<bool()>& predicate,
                std::chrono::milliseconds deadline = std::chrono::seconds(20)) const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace kubesim
