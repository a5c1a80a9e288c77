#include "net/private_key.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <algorithm>
#include <string>
#include <utility>

#include "base/freed_by.h"

namespace defenderd {
namespace {

struct Password {
  const Secret& text;
  bool asked = false;
};

// Without it OpenSSL would prompt on the terminal.
int give_password(char* buffer, int size, int /*writing*/, void* password) {
  auto& given = *static_cast<Password*>(password);
  given.asked = true;
  const std::string& text = given.text.reveal();
  if (text.empty() || text.size() > static_cast<std::size_t>(size)) return -1;
  std::copy(text.begin(), text.end(), buffer);  // OpenSSL uses the length, not a terminator
  return static_cast<int>(text.size());
}

}  // namespace

int no_password(char* /*buffer*/, int /*size*/, int /*writing*/, void* /*unused*/) { return -1; }

void FreePrivateKey::operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }

KeyRead read_private_key(const Secret& pem, const Secret& password) {
  const std::string& text = pem.reveal();
  const std::unique_ptr<BIO, FreedBy<BIO_free_all>> bio(
      BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
  Password given{password};
  PrivateKey key(PEM_read_bio_PrivateKey(bio.get(), nullptr, &give_password, &given));
  ERR_clear_error();  // the end of the text counts as one
  return {std::move(key), given.asked};
}

}  // namespace defenderd
