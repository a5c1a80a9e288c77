#pragma once
// What the parts of the daemon are built on. Some of it can refuse to start: what opens files,
// endpoints and credentials.

#include <memory>

#include "app/azure_stack.h"
#include "app/azure_watch.h"
#include "app/membership.h"
#include "app/records.h"
#include "app/web_watch.h"
#include "base/clock.h"
#include "desired/config.h"
#include "telemetry/state_store.h"

namespace defenderd {

// The other parts cannot fail.
struct Foundation {
  Clock& clock;
  const Membership* membership = nullptr;  // nullptr: a single replica
  std::unique_ptr<Config> config = {};
  Config::Loaded files = {};
  Settings at_start = {};              // with which the parts are created
  std::shared_ptr<WebWatch> web = {};  // nullptr: none is configured
  std::unique_ptr<Records> records = {};
  std::unique_ptr<AzureWatch> azure_watch = {};
  std::unique_ptr<AzureStack> azure = {};
  std::unique_ptr<StateStore> state = {};  // nullptr: none is configured
};

}  // namespace defenderd
