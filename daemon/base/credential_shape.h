#pragma once
// What a credential looks like, for texts and values of unknown origin: tokens, keys and passwords,
// recognized by their form or by the key before them.
//
// A false alarm costs a word of a message; a miss publishes a credential. Ids (GUIDs), hashes and
// confirm codes never count as credentials, because people need them.

#include <string_view>
#include <vector>

#include "base/credential_keys.h"

namespace defenderd {

// Certain: forms that do not occur by chance (PEM, JSON Web Token, Entra client secret, a login in
// a URL, an HTTP authorization). Likely: also the values of keys such as `password=`, and long
// random words; for texts from others.
enum class Suspicion { Certain, Likely };

// Appends the spans of credentials. They may overlap and are in no particular order.
void find_credentials(std::string_view text, Suspicion suspicion, std::vector<TextSpan>& spans);

// Whether a single value, such as a setting or an argument, may be a credential itself.
[[nodiscard]] bool looks_like_credential(std::string_view value);

}  // namespace defenderd
