#include "identity/secret_file.h"

#include <string_view>
#include <utility>

#include "base/read_file.h"
#include "base/scrub.h"
#include "base/text.h"

namespace defenderd {
namespace {

constexpr std::size_t kMaxSecretFile = 64UL * 1024;

}  // namespace

Result<Secret> read_small_file(const std::string& path) {
  auto content = read_file(path, kMaxSecretFile);
  if (!content) {
    return Unexpected(
        Error{"cannot read the file " + shown_path(path) + ": " + content.error().message});
  }
  return Secret(*std::move(content));
}

Result<Secret> read_secret_file(const std::string& path) {
  auto whole = read_small_file(path);
  if (!whole) return whole;
  const std::string_view trimmed = trim(whole->reveal());
  if (trimmed.empty())
    return Unexpected(
        Error{"the file " + shown_path(path) + " is empty; expected a secret or token"});
  if (trimmed.find_first_of("\r\n") != std::string_view::npos) {
    return Unexpected(Error{"the file " + shown_path(path) +
                            " has more than one line; expected just the secret or token"});
  }
  Secret secret{std::string(trimmed)};
  remember_secret(secret);
  return secret;
}

}  // namespace defenderd
