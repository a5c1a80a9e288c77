#include "desired/content_hash.h"

#include <openssl/evp.h>

#include <array>
#include <memory>
#include <span>

#include "base/hex.h"

namespace defenderd {

std::string content_hash(const std::vector<std::string_view>& parts) {
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                        &EVP_MD_CTX_free);
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  EVP_DigestInit_ex(context.get(), EVP_sha256(), nullptr);
  for (const std::string_view part : parts) {
    EVP_DigestUpdate(context.get(), part.data(), part.size());
    // A single part has the same hash as `sha256sum`; borders are only between parts.
    if (&part == &parts.back()) break;
    const std::string border = "\n--" + std::to_string(part.size()) + "\n";
    EVP_DigestUpdate(context.get(), border.data(), border.size());
  }
  EVP_DigestFinal_ex(context.get(), digest.data(), &size);
  return hex_of(std::span(digest).first(8));
}

}  // namespace defenderd
