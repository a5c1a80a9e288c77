#include "identity/secret_file.h"

#include <utility>

#include "base/read_file.h"
#include "base/scrub.h"

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

Result<Secret> read_secret_file(const std::string& path, SecretKind kind) {
  auto whole = read_small_file(path);
  if (!whole) return whole;
  auto secret = only_secret(whole->reveal(), kind);
  if (!secret)
    return Unexpected(Error{"the file " + shown_path(path) + " " + secret.error().message});
  return secret;
}

}  // namespace defenderd
