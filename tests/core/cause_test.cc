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
           {failure(Reason::CredentialFailed), tenant, "the token service"},
           {failure(Reason::CredentialFailed, 401), tenant,
            "tenant 11111111-1111-4111-8111-111111111111"},
           {failure(Reason::CredentialFailed, 401), {}, "the default tenant"},
           {failure(Reason::Forbidden, 403), tenant, "tenant 11111111-1111-4111-8111-111111111111"},
           {failure(Reason::Throttled, 429), {}, "the default tenant"},
           {failure(Reason::InternalError), tenant, "defenderd"},
       }) {
    EXPECT_EQ(cause_of(c.failure, c.tenant), (Cause{c.failure.reason, c.concerns}));
  }
}

}  // namespace
}  // namespace defenderd
