#include "arm/pricing_client.h"

#include <utility>

#include "arm/pricing_codec.h"
#include "arm/pricing_json.h"

namespace defenderd {
namespace {

ArmCall call_for(const PlanKey& key) {
  ArmCall call;
  call.subscription = key.subscription;
  call.tenant = key.tenant;
  call.target = PricingId{key.subscription, key.plan}.text() + "?api-version=2024-01-01";
  return call;
}

ArmCall put_for(const PlanKey& key) {
  ArmCall call = call_for(key);
  call.operation = ArmOperation::Write;
  call.method = "PUT";
  return call;
}

Result<DecodedPricing> decode_complete(std::string_view body, const PlanKey& key) {
  auto decoded = decode_pricing(body, PricingId{key.subscription, key.plan});
  if (decoded && key.with_extensions && lacks_extensions(key.plan, *decoded)) {
    return Unexpected(
        Error{"the answer shows the plan on (pricingTier Standard) without its extensions: "
              "properties.extensions is missing, null or empty, so they are not known"});
  }
  return decoded;
}

}  // namespace

PricingClient::PricingClient(ArmClient& arm) : arm_(arm) {}

ArmResult<PlanRead> PricingClient::read(const PlanKey& key, std::stop_token stop) {
  const ArmCall call = call_for(key);
  auto answer = arm_.call(call, stop);
  if (!answer) return Unexpected(std::move(answer.error()));
  auto decoded = decode_complete(answer->body, key);
  if (!decoded) return Unexpected(arm_.malformed(call, answer->trace, decoded.error().message));
  return PlanRead{std::move(decoded->pricing),       std::move(answer->trace),
                  std::move(decoded->failed),        std::move(decoded->succeeded),
                  std::move(decoded->enabled_since), answer->asked_at,
                  std::move(decoded->in_progress)};
}

ArmResult<Done> PricingClient::await_turn(const PlanKey& key, std::stop_token stop) {
  return arm_.await_turn(put_for(key), stop);
}

ArmResult<PlanWritten> PricingClient::write(const PlanKey& key, const PlanWrite& wanted,
                                            std::stop_token stop) {
  ArmCall call = put_for(key);
  call.has_turn = true;
  call.body = encode_pricing(wanted.pricing);
  call.until = wanted.until;
  auto answer = arm_.call(call, stop);
  if (!answer) return Unexpected(std::move(answer.error()));
  auto decoded = decode_complete(answer->body, key);
  if (!decoded) return Unexpected(arm_.malformed(call, answer->trace, decoded.error().message));
  return PlanWritten{std::move(decoded->pricing),       std::move(decoded->failed),
                     std::move(answer->trace),          std::move(decoded->succeeded),
                     std::move(decoded->enabled_since), std::move(decoded->in_progress)};
}

}  // namespace defenderd
