#include "net/basic_authorization.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

namespace defenderd {

std::string basic_authorization(const std::string& user, const std::string& password) {
  std::string login = user + ':' + password;
  std::string encoded((login.size() + 2) / 3 * 4 + 1, '\0');  // with the zero that OpenSSL appends
  EVP_EncodeBlock(reinterpret_cast<unsigned char*>(encoded.data()),
                  reinterpret_cast<const unsigned char*>(login.data()),
                  static_cast<int>(login.size()));
  encoded.pop_back();
  OPENSSL_cleanse(login.data(), login.size());
  return "Basic " + encoded;
}

}  // namespace defenderd
