#pragma once
// A secret as people and programs write it into a file or a variable.

#include <string_view>

#include "base/result.h"
#include "base/secret.h"

namespace defenderd {

enum class SecretKind {
  Words,  // a client secret, or a name with its password
  Token   // what a header of HTTP carries: visible ASCII
};

// The secret in a text with one line, without a byte order mark and the blanks around it, and
// remembered for the scrubber. What a server would only reject as wrong is an Error here: control
// characters, UTF-16, quotes around it, NAME= before it, JSON around it. It continues a sentence
// that begins with the text's name, "is empty; expected ...", and never quotes the text.
[[nodiscard]] Result<Secret> only_secret(std::string_view text, SecretKind kind);

}  // namespace defenderd
