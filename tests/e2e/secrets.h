#pragma once
// What must never be seen: looked for in all that a daemon of these tests prints, answers or
// leaves behind.

#include <string>
#include <string_view>

namespace defenderd {

// Fails the running test if the text contains the client's secret in any encoding, a bearer token
// or an assertion. `where` names the text.
void expect_no_secret(std::string_view text, const std::string& where);

}  // namespace defenderd
