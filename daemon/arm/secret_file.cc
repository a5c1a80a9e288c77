#include "arm/secret_file.h"

#include <fstream>
#include <string_view>
#include <utility>

#include "base/text.h"

namespace defenderd {
namespace {

constexpr std::size_t kMaxSecretFile = 64UL * 1024;

}  // namespace

Result<Secret> read_small_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    return Unexpected(
        Error{"cannot read the file '" + path + "'; check that it exists and is readable"});
  }
  std::string content(kMaxSecretFile + 1, '\0');
  file.read(content.data(), static_cast<std::streamsize>(content.size()));
  if (file.bad()) {  // a directory opens, but cannot be read
    return Unexpected(Error{"cannot read '" + path + "'; check that it is a file"});
  }
  const auto size = static_cast<std::size_t>(file.gcount());
  Secret whole(content.substr(0, size));
  const Secret wiped(std::move(content));
  if (size > kMaxSecretFile)
    return Unexpected(Error{"the file '" + path + "' is too large for a secret"});
  return whole;
}

Result<Secret> read_secret_file(const std::string& path) {
  auto whole = read_small_file(path);
  if (!whole) return whole;
  const std::string_view trimmed = trim(whole->reveal());
  if (trimmed.empty())
    return Unexpected(Error{"the file '" + path + "' is empty; expected a secret or token"});
  if (trimmed.find_first_of("\r\n") != std::string_view::npos) {
    return Unexpected(
        Error{"the file '" + path + "' has more than one line; expected just the secret or token"});
  }
  return Secret(std::string(trimmed));
}

}  // namespace defenderd
