#pragma once
// The parts of the daemon that can refuse to start: they open files, endpoints and credentials.

#include <memory>

#include "app/azure_stack.h"
#include "app/azure_watch.h"
#include "app/records.h"
#include "app/web_watch.h"
#include "desired/config.h"
#include "telemetry/state_store.h"

namespace defenderd {

// The other parts are built on it and cannot fail.
struct Foundation {
  std::unique_ptr<Config> config = {};
  Config::Loaded files = {};
  std::unique_ptr<Records> records = {};
  std::unique_ptr<AzureWatch> azure_watch = {};
  std::unique_ptr<AzureStack> azure = {};
  std::unique_ptr<StateStore> state = {};  // nullptr: none is configured
  std::shared_ptr<WebWatch> web = {};      // the same
};

}  // namespace defenderd
