// A file with a client certificate and its key (identity/client_certificate.h). In the input {key},
// {encrypted_key} and {certificate} stand for those of a pair that is made anew for each run, and a
// number on the first line is the place of a byte that is changed afterwards.

#include "identity/client_certificate.h"

#include <charconv>

#include "fuzz/fuzz.h"
#include "support/key_pair.h"

using namespace defenderd;
using fuzz::require;

namespace {

const WallTime kNow = std::chrono::sys_days(std::chrono::year(2026) / 1 / 1);

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  constexpr int kMost = 8;
  std::size_t at = 0;
  for (int i = 0; i < kMost && (at = text.find(from, at)) != std::string::npos; ++i) {
    text.replace(at, from.size(), to);
    at += to.size();
  }
}

std::string expanded(std::string_view input) {
  static const KeyPair pair = make_key_pair(kNow);
  std::size_t place = 0;
  const auto number = std::from_chars(input.data(), input.data() + input.size(), place);
  const bool changes =
      number.ec == std::errc() && number.ptr != input.data() + input.size() && *number.ptr == '\n';
  std::string text(input);
  if (changes) text.erase(0, text.find('\n') + 1);
  replace_all(text, "{key}", pair.key);
  replace_all(text, "{encrypted_key}", pair.encrypted_key);
  replace_all(text, "{certificate}", pair.certificate);
  if (changes && !text.empty()) text[place % text.size()] ^= 1;
  return text;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Secret pem(expanded(fuzz::text_of(data, size)));
  const auto certificate = ClientCertificate::parse(pem, Secret(kKeyPassword));
  if (!certificate) {
    fuzz::require_printable(certificate.error().message, 1000);
    return 0;
  }
  const auto assertion = certificate->assertion("https://login.test", "client", kNow);
  if (!assertion) {
    fuzz::require_printable(assertion.error().message, 1000);
    return 0;
  }
  require(assertion->reveal().starts_with("eyJ"), "an assertion is a JWT");
  return 0;
}
