#pragma once
// Answers in ARM's form.

#include <nlohmann/json.hpp>
#include <string>

#include "armsim/core.h"
#include "armsim/http_message.h"

namespace armsim {

// Members in the order in which ARM prints them.
using Json = nlohmann::ordered_json;

[[nodiscard]] HttpAnswer json_answer(int status, const Json& body);

// {"error":{"code":...,"message":...}}: CloudError of the common types.
[[nodiscard]] HttpAnswer arm_error(int status, const std::string& code, const std::string& message);
// With "details": [{"code","target","message"}].
[[nodiscard]] HttpAnswer arm_error(int status, const std::string& code, const std::string& message,
                                   const std::string& target);

// 504: the provider did not answer in time.
[[nodiscard]] HttpAnswer gateway_timeout();

// "2026-01-01T00:00:00.1234567Z", as .NET prints a time.
[[nodiscard]] std::string dotnet_time(TimePoint time);

}  // namespace armsim
