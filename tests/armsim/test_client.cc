#include "armsim/test_client.h"

#include <sstream>
#include <utility>

namespace armsim {

std::string Answer::code() const {
  if (!json.is_object() || !json.contains("error")) return "";
  return json["error"].is_string() ? json["error"].get<std::string>()
                                   : json["error"].value("code", "");
}

std::string Answer::message() const {
  if (!json.is_object() || !json.contains("error")) return "";
  return json["error"].is_string() ? json.value("error_description", "")
                                   : json["error"].value("message", "");
}

TestClient::TestClient(const Simulator& simulator)
    : http_(std::make_unique<httplib::Client>(simulator.base_url())) {
  http_->set_keep_alive(true);
  http_->set_tcp_nodelay(true);
  http_->set_read_timeout(30);
}

Answer TestClient::send(const std::string& method, const std::string& path, const std::string& body,
                        httplib::Headers headers, bool with_token) {
  httplib::Request request;
  request.method = method;
  request.path = path;
  request.body = body;
  request.headers = std::move(headers);
  if (with_token && !token_.empty()) request.set_header("Authorization", "Bearer " + token_);
  if (!body.empty() && !request.has_header("Content-Type"))
    request.set_header("Content-Type", "application/json");
  return defenderd::exchange<Answer>(*http_, request);
}

Answer TestClient::ask_token(const httplib::Params& form, const std::string& tenant) {
  std::string body;
  for (const auto& [name, value] : form) {
    body += (body.empty() ? "" : "&") + name + "=";
    for (const char c : value) {
      static const char* const digits = "0123456789ABCDEF";
      const auto byte = static_cast<unsigned char>(c);
      body += {'%', digits[byte >> 4U], digits[byte & 15U]};
    }
  }
  return send("POST", "/" + tenant + "/oauth2/v2.0/token", body,
              {{"Content-Type", "application/x-www-form-urlencoded"}}, false);
}

void TestClient::log_in(const std::string& tenant) {
  token_ = ask_token(token_form(), tenant).json.value("access_token", "");
}

Answer TestClient::get_plan(const std::string& id, const std::string& name) {
  return send("GET", "/subscriptions/" + id + "/providers/Microsoft.Security/pricings/" + name +
                         "?api-version=2024-01-01");
}

Answer TestClient::put_plan(const std::string& body, const std::string& id,
                            const std::string& name) {
  return send("PUT",
              "/subscriptions/" + id + "/providers/Microsoft.Security/pricings/" + name +
                  "?api-version=2024-01-01",
              body);
}

httplib::Params token_form() {
  return {{"client_id", std::string(kClientId)},
          {"client_secret", std::string(kClientSecret)},
          {"grant_type", "client_credentials"},
          {"scope", "https://management.azure.com/.default"}};
}

std::string plan_body(const std::string& tier, const std::string& extensions) {
  nlohmann::json body;
  body["properties"]["pricingTier"] = tier;
  std::istringstream items(extensions);
  for (std::string item; std::getline(items, item, ',');) {
    const std::size_t equals = item.find('=');
    body["properties"]["extensions"].push_back(
        {{"name", item.substr(0, equals)}, {"isEnabled", item.substr(equals + 1)}});
  }
  return body.dump();
}

std::string extensions_of(const Answer& answer) {
  if (!answer.json.is_object() || !answer.json["properties"].contains("extensions")) return "none";
  std::string text;
  for (const auto& extension : answer.json["properties"]["extensions"]) {
    const auto& enabled = extension["isEnabled"];
    text += (text.empty() ? "" : " ") + extension["name"].get<std::string>() + "=" +
            (enabled.is_string() ? enabled.get<std::string>() : enabled.dump());
  }
  return text;
}

}  // namespace armsim
