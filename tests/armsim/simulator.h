#pragma once
// Azure Resource Manager and Entra in one real HTTP(S) server that holds any number of
// subscriptions and answers as Azure does, down to its error bodies and its odd habits.
//
//   armsim::Simulator azure({.tls = armsim::Tls::None});
//   ASSERT_TRUE(azure.start());
//   azure.add({.id = kId, .plan = {.on = true}});
//   azure.inject(armsim::Fault::throttle(armsim::Operation::Read, "7"));
//   ... talk to azure.base_url() ...
//   EXPECT_TRUE(azure.wait_for([&] { return azure.plan(kId).has_on("AIPromptEvidence"); }));
//
// ARM, Entra, IMDS (/metadata/identity/oauth2/token) and App Service's identity endpoint
// (/msi/token) answer on one port, and so does the control of this class over HTTP: /_control/...
// (control.h). No request for that is counted or logged.

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "armsim/activity.h"
#include "armsim/behaviour.h"
#include "armsim/fault.h"
#include "armsim/request_log.h"
#include "armsim/subscription.h"
#include "base/clock.h"
#include "base/result.h"

namespace armsim {

inline constexpr std::string_view kTenant = "72f988bf-0000-4000-8000-2d7cd011db47";
inline constexpr std::string_view kClientId = "b5d1c4a0-0000-4000-8000-9f6d1c2e3a4b";
inline constexpr std::string_view kClientSecret = "Sim~not.a.secret-8Q~+/=&%";

enum class Tls { OwnCa, Files, None };

// A managed identity, which lives in the first tenant.
struct ManagedIdentity {
  std::string client_id = "0f0e0d0c-0000-4000-8000-0b0a09080706";
  std::string object_id = "11111111-0000-4000-8000-222222222222";
  std::string resource_id = "/subscriptions/x/providers/Microsoft.ManagedIdentity/sim";
  std::string identity_header = "Sim-identity-header";  // X-IDENTITY-HEADER of App Service
};

struct Options {
  std::string host = "127.0.0.1";
  int port = 0;  // 0 = any free one
  Tls tls = Tls::OwnCa;
  std::string tls_cert_file{};  // Tls::Files, PEM
  std::string tls_key_file{};
  std::vector<std::string> tls_names{};  // Tls::OwnCa: names besides localhost, 127.0.0.1 and ::1
  std::vector<std::string> tenants = {std::string(kTenant)};
  std::string client_id = std::string(kClientId);
  std::string client_secret = std::string(kClientSecret);
  std::vector<std::string> certificates{};      // PEM; assertions signed by one of them are good
  std::vector<std::string> federated_tokens{};  // good as client_assertion, letter for letter
  ManagedIdentity managed_identity{};
  Behaviour behaviour{};
  const defenderd::Clock* clock = nullptr;  // must outlive it; nullptr = the machine's
  std::uint64_t seed = 1;                   // of request ids; tokens are random in any case
  std::size_t log_limit = 200'000;          // oldest requests leave the log first
};

// Thread-safe. The destructor ends every connection at once, requests in flight included.
class Simulator {
 public:
  explicit Simulator(Options options = {});
  ~Simulator();
  Simulator(const Simulator&) = delete;
  Simulator& operator=(const Simulator&) = delete;

  // Binds and serves. The error says what to change: port taken, unreadable certificate.
  [[nodiscard]] defenderd::Result<defenderd::Done> start();
  void stop();  // idempotent; start() works again afterwards, with another port
  [[nodiscard]] std::string base_url() const;  // "https://127.0.0.1:12345": ARM and authority
  [[nodiscard]] int port() const;
  [[nodiscard]] std::string ca_pem() const;  // of Tls::OwnCa, else ""

  // The world. Ids in any case. subscription() and plan() of an unknown id throw out_of_range.
  void add(Subscription subscription);  // replaces one with that id
  void remove(const std::string& id);
  [[nodiscard]] Subscription subscription(const std::string& id) const;
  [[nodiscard]] Plan plan(const std::string& id) const;
  [[nodiscard]] std::vector<Subscription> snapshot() const;  // ordered by id
  // Changes a subscription behind everybody's back: drift, a lost role, a lock.
  // `caller` stands in the activity log as the one who did it.
  void update(const std::string& id, const std::function<void(Subscription&)>& change,
              const Caller& caller = {});

  [[nodiscard]] Behaviour behaviour() const;
  void set_behaviour(const std::function<void(Behaviour&)>& change);

  // Faults are tried in the order of injection; the first that matches hits.
  void inject(Fault fault);
  void clear_faults();
  [[nodiscard]] std::size_t faults_left() const;  // that are not used up
  [[nodiscard]] int held() const;                 // requests waiting by Fault::hold
  void release_held();                            // those that wait now

  // The credentials from now on.
  void set_client_secret(std::string secret);
  void set_federated_tokens(std::vector<std::string> tokens);
  void set_certificates(std::vector<std::string> pems);
  void revoke_tokens();  // every token issued so far is refused as expired
  // IMDS answers 410 Gone to the next so many requests.
  void set_imds_gone(int requests);

  // The simulator's clock decides on token expiry, cool-downs and throttling.
  void advance(std::chrono::milliseconds by);
  [[nodiscard]] std::chrono::system_clock::time_point now() const;

  [[nodiscard]] std::vector<LoggedRequest> requests() const;
  [[nodiscard]] Counters counters() const;
  [[nodiscard]] Counters counters(const std::string& id) const;
  void clear_log();  // counters too

  // Calls `predicate` now and after every change until it is true (true) or the time is up. The
  // predicate may call every method of this class.
  bool wait_for(const std::function<bool()>& predicate,
                std::chrono::milliseconds deadline = std::chrono::seconds(20)) const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace armsim
