#pragma once
// ARM behind a scripted transport, put together as the daemon does it, on a clock that no wait
// holds up.

#include <utility>

#include "arm/arm_client.h"
#include "arm/throttle.h"
#include "fuzz/scripted_transport.h"
#include "identity/token_cache.h"
#include "support/fake_clock.h"

namespace defenderd::fuzz {

class FixedArm {
 public:
  explicit FixedArm(std::function<ScriptedTransport::Answer(const HttpRequest&)> answer)
      : transport_(std::move(answer)) {}

  [[nodiscard]] ArmClient& client() { return client_; }
  [[nodiscard]] FakeClock& clock() { return clock_; }
  static Origin origin() { return {true, "management.azure.com", 443}; }
  static constexpr const char* kToken = "token-that-nobody-may-see";

 private:
  class Tokens final : public TokenSource {
    ArmResult<AccessToken> fetch(const std::optional<TenantId>& /*tenant*/,
                                 std::stop_token /*stop*/) override {
      return AccessToken{Secret(kToken), WallTime::max()};
    }
  };

  FakeClock clock_;
  ScriptedTransport transport_;
  Tokens source_;
  TokenCache tokens_{source_, clock_, {}};
  Throttle throttle_{clock_, {1e6, 1e6}};
  ArmClient client_{transport_, tokens_, throttle_, clock_, {}, {origin(), "fuzz"}};
};

// What every failure that is shown to people keeps to.
inline void require_sound(const Failure& failure) {
  require(!failure.message.empty(), "a failure says why");
  require_printable(failure.message, 4096);
  require_printable(failure.arm_code, 1027);
  require_printable(failure.trace.request_id, 1027);
  require_printable(failure.trace.correlation_id, 1027);
  if (failure.server_wait) {
    require(
        *failure.server_wait >= Duration::zero() && *failure.server_wait <= std::chrono::hours(24),
        "a wait is bounded");
  }
}

}  // namespace defenderd::fuzz
