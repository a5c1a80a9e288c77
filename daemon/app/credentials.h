#pragma once
// Selects the credential for the settings and the environment.

#include <memory>
#include <string>

#include "app/environment.h"
#include "base/clock.h"
#include "base/result.h"
#include "desired/settings.h"
#include "identity/cloud.h"
#include "identity/credential_chain.h"
#include "identity/credential_expiry.h"
#include "identity/token.h"
#include "net/http.h"

namespace defenderd {

struct Credential {
  std::unique_ptr<TokenSource> source;
  std::string description;  // for the log: which, whose, and why not another; never a secret
  ExpiryReader expiry = {};
};

// `auto` uses the first that is configured, in the order of Azure's own tools. If only the
// first fetch can decide (managed identity by IMDS, or else the Azure CLI), the source decides
// there and calls `announce`. If only IMDS is left, it is queried here, for at most a second.
// The Error names what is missing and where to set it. Transport and clock must outlive the
// source.
[[nodiscard]] Result<Credential> make_credential(const AzureSettings& settings,
                                                 const Environment& environment,
                                                 const CloudEndpoints& endpoints,
                                                 Transport& transport, const Clock& clock,
                                                 const std::string& user_agent,
                                                 CredentialChain::Announcer announce = {});

}  // namespace defenderd
