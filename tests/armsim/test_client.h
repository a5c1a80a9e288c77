#pragma once
// A raw HTTP client for the simulator's own tests.

#include <httplib.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "armsim/simulator.h"
#include "support/http_answer.h"

namespace armsim {

inline const std::string kSub = "6f2b9a52-3f0e-4c83-9a4b-0d9d8c8f3c11";
inline const std::string kOther = "0c6d7e0e-6a3b-4a53-8d5f-2f3c9d4b8e22";

struct Answer : defenderd::HttpAnswer {
  // error.code, or Entra's error.
  [[nodiscard]] std::string code() const;
  [[nodiscard]] std::string message() const;
};

// One persistent connection. Has a token of the simulator's default client after the login.
class TestClient {
 public:
  explicit TestClient(const Simulator& simulator);

  Answer send(const std::string& method, const std::string& path, const std::string& body = "",
              httplib::Headers headers = {}, bool with_token = true);
  // POST of a form to Entra.
  Answer ask_token(const httplib::Params& form, const std::string& tenant = std::string(kTenant));
  // Takes a token for the tenant with the default client's secret.
  void log_in(const std::string& tenant = std::string(kTenant));
  void use_token(std::string token) { token_ = std::move(token); }

  Answer get_plan(const std::string& id = kSub, const std::string& name = "AI");
  Answer put_plan(const std::string& body, const std::string& id = kSub,
                  const std::string& name = "AI");

  httplib::Client& http() { return *http_; }

 private:
  std::unique_ptr<httplib::Client> http_;
  std::string token_;
};

// The form of a good token request.
httplib::Params token_form();

// {"properties": {"pricingTier": ..., "extensions": [...]}}; `extensions` as "Name=True,...".
std::string plan_body(const std::string& tier, const std::string& extensions = "");

// "AIPromptEvidence=True AIModelScanner=False" of a pricing's answer, "none" without a list.
std::string extensions_of(const Answer& answer);

}  // namespace armsim
