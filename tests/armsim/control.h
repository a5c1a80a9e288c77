#pragma once
// The simulator's control over HTTP, for the program and for scripts: what the class Simulator
// offers, in JSON, below /_control.

#include <string>

#include "armsim/core.h"

namespace armsim {

// Takes the core's lock. Answers 400 {"error": "..."} to what it does not understand.
[[nodiscard]] HttpAnswer control(Core& core, const HttpRequest& request);

// One screen on the endpoints, for --help.
[[nodiscard]] std::string control_help();

}  // namespace armsim
