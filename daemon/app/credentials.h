#pragma once
// Which credential the settings and the environment call for.

#include <memory>
#include <string>

#include "app/environment.h"
#include "arm/cloud.h"
#include "arm/http.h"
#include "arm/token.h"
#include "base/clock.h"
#include "base/result.h"
#include "desired/settings.h"

namespace defenderd {

struct Credential {
  std::unique_ptr<TokenSource> source;
  std::string description;  // for the log: method and client, never a secret
};

// The Error names what is missing and where to set it. Transport and clock outlive the source.
[[nodiscard]] Result<Credential> make_credential(const AzureSettings& settings,
                                                 const Environment& environment,
                                                 const CloudEndpoints& endpoints,
                                                 Transport& transport, const Clock& clock,
                                                 const std::string& user_agent);

}  // namespace defenderd
