#include "core/cause.h"

#include <gtest/gtest.h>

#include "support/ids.h"

namespace defenderd {
namespace {

Failure failure(Reason reason, int http_status = 0) {
  Failure result;
  result.reason = reason;
  result.http_status = http_status;
  return result;
}

Failure no_token(NextTry next, int http_status, const std::string& code) {
  Failure result = failure(Reason::CredentialFailed, http_status);
  result.next = next;
  result.arm_code = code;
  return result;
}

TEST(CauseTest, SaysWhatAFailureConcerns) {
  const TenantId tenant = *TenantId::parse("11111111-1111-4111-8111-111111111111");
  struct Case {
    Failure failure;
    std::optional<TenantId> tenant;
    std::string concerns;
  };
  for (const Case& c : std::vector<Case>{
           {failure(Reason::ConnectionFailed), tenant, "Azure Resource Manager"},
           {failure(Reason::TlsFailed), {}, "Azure Resource Manager"},
           {failure(Reason::Timeout), tenant, "Azure Resource Manager"},
           {failure(Reason::ServerError, 503), tenant, "Azure Resource Manager"},
           {failure(Reason::MalformedAnswer, 200), tenant, "Azure Resource Manager"},
           {no_token(NextTry::Soon, 0, ""), tenant, "the token service"},
           {no_token(NextTry::Soon, 503, "temporarily_unavailable"), tenant, "the token service"},
           {no_token(NextTry::Soon, 429, ""), {}, "the token service"},
           {no_token(NextTry::Soon, 400, "invalid_request"), tenant, "the token service"},
           {no_token(NextTry::ServerWait, 410, ""), {}, "the token service"},
           {no_token(NextTry::Slow, 0, ""), tenant, "the credential"},
           {no_token(NextTry::Slow, 401, "invalid_client"), tenant, "the credential"},
           {no_token(NextTry::Slow, 400, "unauthorized_client"), tenant,
            "tenant 11111111-1111-4111-8111-111111111111"},
           {no_token(NextTry::Slow, 400, "unauthorized_client"), {}, "the default tenant"},
           {failure(Reason::Unauthorized, 401), tenant, "Azure Resource Manager"},
           {failure(Reason::InvalidRequest, 400), tenant, "Azure Resource Manager"},
           {failure(Reason::PlanNotOffered, 400), tenant, "Azure Resource Manager"},
           {failure(Reason::UpdateInProgress, 409), tenant, "Azure Resource Manager"},
           {failure(Reason::ExtensionFailed, 200), tenant, "Azure Resource Manager"},
           {failure(Reason::ChangeNotApplied, 200), tenant, "Azure Resource Manager"},
           {failure(Reason::Forbidden, 403), tenant, "tenant 11111111-1111-4111-8111-111111111111"},
           {failure(Reason::Throttled, 429), {}, "the default tenant"},
           {failure(Reason::InternalError), tenant, "defenderd"},
       }) {
    EXPECT_EQ(cause_of(c.failure, c.tenant), (Cause{c.failure.reason, c.concerns}));
  }
}

}  // namespace
}  // namespace defenderd
