#pragma once
// The simulator's control over HTTP, for the program and for scripts: what the class Simulator
// offers, in JSON, on a port of its own.

#include <string>

#include "kubesim/core.h"

namespace kubesim {

// Answers 400 {"error": "..."} to what it does not understand.
[[nodiscard]] HttpAnswer control(Simulator& simulator, Core& core, const HttpRequest& request);

// One screen on the endpoints, for --help.
[[nodiscard]] std::string control_help();

}  // namespace kubesim
