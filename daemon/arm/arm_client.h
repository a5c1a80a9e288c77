#pragma once
// One authenticated call to Azure Resource Manager: budget, token, ids, limits, and judging the
// answer. All requests to ARM are made here.

#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "arm/throttle.h"
#include "base/clock.h"
#include "core/arm_operation.h"
#include "core/failure.h"
#include "core/ids.h"
#include "identity/token_cache.h"
#include "identity/token_claims.h"
#include "net/http.h"

namespace defenderd {

// Called for events on the wire. Any may be empty; called on the calling thread.
struct ArmObserver {
  std::function<void(ArmOperation, int http_status, Duration took)> answered = {};
  std::function<void(ArmOperation, ArmSilence, Duration took)> silent = {};
  std::function<void()> throttled = {};
  // ARM asks for a pause of a minute or more with this kind of requests of this tenant; it answers
  // them again.
  std::function<void(const std::optional<TenantId>&, Throttle::Kind, Duration)> paused = {};
  std::function<void(const std::optional<TenantId>&, Throttle::Kind)> resumed = {};
  // `header` in lower case: "x-ms-ratelimit-remaining-subscription-reads", ...
  std::function<void(std::string_view header, double remaining)> rate_limit_remaining = {};
};

struct ArmCall {
  ArmOperation operation = ArmOperation::Read;
  std::string method = "GET";
  SubscriptionId subscription = {};  // none for a call to the tenant itself
  std::optional<TenantId> tenant = {};
  std::string target;     // path and query
  std::string body = {};  // JSON
  // await_turn() was called for it: it is sent at once or not at all.
  bool has_turn = false;
  // It is given up then, if not before; it is not sent later.
  SteadyTime until = SteadyTime::max();

  // A query of Azure Resource Graph is a POST that only reads.
  [[nodiscard]] bool writes() const { return method != "GET" && operation != ArmOperation::Graph; }
};

struct ArmAnswer {
  int status = 0;
  std::string body;
  ArmTrace trace;
  HttpHeaders headers = {};
  SteadyTime asked_at = {};  // when the request was sent
};

// Thread-safe.
class ArmClient {
 public:
  struct Options {
    Origin resource_manager;
    std::string user_agent;
    Duration request_timeout = std::chrono::seconds(90);
  };
  ArmClient(Transport& transport, TokenCache& tokens, Throttle& throttle, Clock& clock,
            ArmObserver observer, Options options);

  // Waits until this call could be sent at once, with its token and its share of the budget, and
  // takes both.
  ArmResult<Done> await_turn(const ArmCall& call, const std::stop_token& stop);

  // An answer with a 2xx status, or why there is none. A token that ARM calls expired is replaced
  // and the call repeated once, unless it has a turn: its data may be old by then.
  ArmResult<ArmAnswer> call(const ArmCall& call, const std::stop_token& stop);

  // Whose token the calls of this tenant carry: empty ids if it does not say.
  ArmResult<TokenOwner> own_identity(const std::optional<TenantId>& tenant,
                                     const std::stop_token& stop);

  // The failure to return if the body of this call's answer is invalid.
  [[nodiscard]] Failure malformed(const ArmCall& call, const ArmTrace& trace,
                                  const std::string& what) const;

 private:
  std::optional<Failure> take_share(const ArmCall& call, const std::stop_token& stop);
  void heard(const ArmCall& call);
  ArmResult<ArmAnswer> attempt(const ArmCall& call, const Secret& token,
                               const std::stop_token& stop);
  void report(const ArmCall& call, const HttpResponse& response, Duration took) const;
  [[nodiscard]] Failure no_answer(const ArmCall& call, const TransportError& error,
                                  const std::string& client_request_id) const;

  Transport& transport_;
  TokenCache& tokens_;
  Throttle& throttle_;
  Clock& clock_;
  const ArmObserver observer_;
  const Options options_;
};

}  // namespace defenderd
