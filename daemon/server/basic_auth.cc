#include "server/basic_auth.h"

#include <crypt.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "base/base64url.h"
#include "base/text.h"

namespace defenderd {
namespace {

// There are at most a hundred users; clients of one that is removed are few.
constexpr std::size_t kMostKnown = 1000;
constexpr std::size_t kLongestLogin = 4096;

template <class Bytes>
std::optional<Bytes> random_bytes() {
  Bytes bytes{};
  if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) return std::nullopt;
  return bytes;
}

bool matches(const Secret& password, const Secret& hash) {
  const auto memory = std::make_unique<crypt_data>();  // 32 KiB
  const char* const result =
      crypt_rn(password.reveal().c_str(), hash.reveal().c_str(), memory.get(), sizeof(crypt_data));
  const bool same = result != nullptr && std::string_view(result).size() == hash.reveal().size() &&
                    CRYPTO_memcmp(result, hash.reveal().data(), hash.reveal().size()) == 0;
  OPENSSL_cleanse(memory.get(), sizeof(crypt_data));
  return same;
}

}  // namespace

std::optional<Login> parse_login(std::string_view authorization) {
  constexpr std::string_view kScheme = "Basic ";
  if (!iequals(authorization.substr(0, kScheme.size()), kScheme)) return std::nullopt;
  if (authorization.size() > kLongestLogin) return std::nullopt;
  auto text = from_base64url(trim(authorization.substr(kScheme.size())));
  const std::size_t colon = text ? text->find(':') : std::string::npos;
  // A C string would end there.
  if (colon == std::string::npos || text->find('\0') != std::string::npos) return std::nullopt;
  Login login{text->substr(0, colon), Secret(text->substr(colon + 1))};
  OPENSSL_cleanse(text->data(), text->size());
  return login;
}

BasicAuth::BasicAuth(std::vector<WebUser> users)
    : users_(std::move(users)), key_(random_bytes<Digest>()) {}

std::optional<BasicAuth::Digest> BasicAuth::digest_of(const Login& login) const {
  if (!key_) return std::nullopt;
  std::string text = login.name + ':' + login.password.reveal();
  Digest digest{};
  unsigned size = 0;
  const bool made = HMAC(EVP_sha256(), key_->data(), static_cast<int>(key_->size()),
                         reinterpret_cast<const unsigned char*>(text.data()), text.size(),
                         digest.data(), &size) != nullptr;
  OPENSSL_cleanse(text.data(), text.size());
  if (!made) return std::nullopt;
  return digest;
}

bool BasicAuth::remembers(const Login& login) const {
  const std::optional<Digest> digest = digest_of(login);
  if (!digest) return false;
  const MutexLock lock(mutex_);
  return known_.contains(*digest);
}

bool BasicAuth::verify(const Login& login) {
  const auto user = std::find_if(users_.begin(), users_.end(), [&](const WebUser& candidate) {
    return candidate.name == login.name;
  });
  const bool exists = user != users_.end();
  const bool right = matches(login.password, exists ? user->hash : users_.front().hash) && exists;
  if (!right) return false;
  const std::optional<Digest> digest = digest_of(login);
  if (!digest) return true;
  const MutexLock lock(mutex_);
  if (known_.size() >= kMostKnown) known_.clear();
  known_.insert(*digest);
  return true;
}

}  // namespace defenderd
