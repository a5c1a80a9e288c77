#pragma once
// The keys that precede a credential.

#include <cstddef>
#include <string_view>
#include <vector>

namespace defenderd {

// Bytes [begin, end) of a text.
struct TextSpan {
  std::size_t begin = 0;
  std::size_t end = 0;
  bool operator==(const TextSpan&) const = default;
};

// Appends the values of `password=value`, `"password": "value"` and `password: value`, in queries,
// forms, JSON, headers, YAML and sentences.
void find_credential_values(std::string_view text, std::vector<TextSpan>& spans);

// Whether the value of this key may be a credential: "clientSecret", "AZURE_CLIENT_SECRET",
// "x-api-key", "sig". Also true for keys whose value is the file of a credential.
[[nodiscard]] bool is_credential_key(std::string_view key);

}  // namespace defenderd
