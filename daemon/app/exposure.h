#pragma once
// Who can read and do what over the listen address, said at the start and after each change.

#include "app/web_watch.h"
#include "desired/settings.h"
#include "server/web_access.h"
#include "telemetry/log.h"

namespace defenderd {

// Nothing where only this machine can connect, or where everything needs TLS and a login. `access`:
// nullptr without a web configuration.
void report_exposure(const ServerSettings& server, const WebAccess* access, Logger& log);

// Warns of files of the web configuration that every user of this machine can write, and of a key
// that every user can read. `web`: nullptr without one.
void report_open_files(const WebWatch* web, Logger& log);

}  // namespace defenderd
