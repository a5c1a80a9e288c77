#pragma once
// A raw HTTPS client for the simulator's own tests. It verifies the server by the CA's file.

#include <httplib.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "kubesim/simulator.h"
#include "support/http_answer.h"

namespace kubesim {

inline const std::string kNs = "defender";
inline const std::string kName = "defenderd";
inline const std::string kLeases = "/apis/coordination.k8s.io/v1/namespaces/defender/leases";
inline const std::string kMaps = "/api/v1/namespaces/defender/configmaps";
inline const std::string kLease = kLeases + "/" + kName;
inline const std::string kMap = kMaps + "/" + kName;

struct Answer : defenderd::HttpAnswer {
  // Of a Status; "" if it is none.
  [[nodiscard]] std::string reason() const;
  [[nodiscard]] std::string message() const;
  [[nodiscard]] std::string version() const;  // metadata.resourceVersion
};

// One persistent connection with the simulator's token of that time.
class TestClient {
 public:
  explicit TestClient(const Simulator& simulator);

  Answer send(const std::string& method, const std::string& path, const std::string& body = "",
              const std::string& content_type = "application/json");
  Answer get(const std::string& path) { return send("GET", path); }
  Answer post(const std::string& path, const nlohmann::json& body) {
    return send("POST", path, body.dump());
  }
  Answer put(const std::string& path, const nlohmann::json& body) {
    return send("PUT", path, body.dump());
  }
  void use_token(std::string token) { token_ = std::move(token); }
  httplib::Client& http() { return *http_; }

 private:
  std::unique_ptr<httplib::Client> http_;
  std::string token_;
};

// A good Lease and ConfigMap named kName; `spec` and `data` replace theirs.
nlohmann::json lease_body(const nlohmann::json& spec = {{"holderIdentity", "a"},
                                                        {"leaseDurationSeconds", 15}});
nlohmann::json map_body(const nlohmann::json& data = {{"state", "{}"}});

}  // namespace kubesim
