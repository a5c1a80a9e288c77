#pragma once
// What a credential looks like, for texts and values whose origin is not known: tokens, keys and
// passwords by their form, or by the word that stands before them.
//
// A false alarm costs a word of a message, a miss publishes a credential. Ids (GUIDs), hashes and
// confirm codes are never taken for one, because people need them.

#include <string_view>
#include <vector>

#include "base/credential_keys.h"

namespace defenderd {

// Certain: forms that no message has by chance (PEM, JSON Web Token, Entra client secret, a login
// in a URL, an HTTP authorization). Likely: also the values of keys such as `password=`, and long
// random words; for texts that somebody else wrote.
enum class Suspicion { Certain, Likely };

// Appends where credentials stand. The spans may overlap and come in no order.
void find_credentials(std::string_view text, Suspicion suspicion, std::vector<TextSpan>& spans);

// Whether a single value, such as a setting or an argument, may be a credential itself.
[[nodiscard]] bool looks_like_credential(std::string_view value);

}  // namespace defenderd
