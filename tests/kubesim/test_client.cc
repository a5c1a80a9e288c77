#include "kubesim/test_client.h"

namespace kubesim {

std::string Answer::reason() const { return json.is_object() ? json.value("reason", "") : ""; }

std::string Answer::message() const { return json.is_object() ? json.value("message", "") : body; }

std::string Answer::version() const {
  return json.is_object() ? json["metadata"].value("resourceVersion", "") : "";
}

TestClient::TestClient(const Simulator& simulator)
    : http_(std::make_unique<httplib::Client>(simulator.url())), token_(simulator.token()) {
  http_->set_ca_cert_path(simulator.ca_file());
  http_->enable_server_certificate_verification(true);
  http_->set_keep_alive(true);
  http_->set_tcp_nodelay(true);
  http_->set_read_timeout(30);
}

Answer TestClient::send(const std::string& method, const std::string& path, const std::string& body,
                        const std::string& content_type) {
  httplib::Request request;
  request.method = method;
  request.path = path;
  request.body = body;
  if (!token_.empty()) request.set_header("Authorization", "Bearer " + token_);
  request.set_header("User-Agent", "kubesim_test/1.0 (linux/amd64)");
  if (!body.empty() && !content_type.empty()) request.set_header("Content-Type", content_type);
  return defenderd::exchange<Answer>(*http_, request);
}

nlohmann::json lease_body(const nlohmann::json& spec) {
  return {{"apiVersion", "coordination.k8s.io/v1"},
          {"kind", "Lease"},
          {"metadata", {{"name", kName}}},
          {"spec", spec}};
}

nlohmann::json map_body(const nlohmann::json& data) {
  return {
      {"apiVersion", "v1"}, {"kind", "ConfigMap"}, {"metadata", {{"name", kName}}}, {"data", data}};
}

}  // namespace kubesim
