// Texts of others that may hold credentials (base/scrub.h). In the input {secret} stands for one
// that the process knows, {hex} for its hexadecimal form and so on.

#include "base/scrub.h"

#include <vector>

#include "base/letters.h"
#include "base/text_decoding.h"
#include "fuzz/fuzz.h"

using namespace defenderd;
using fuzz::require;

namespace {

const std::string kSecret = "8Q~Kn0wn.s3cret-v4lue_ThatNobodyMaySee~";

std::string hex() {
  std::string digits;
  for (const char c : kSecret) {
    digits += kHexDigits[static_cast<unsigned char>(c) >> 4U];
    digits += kHexDigits[static_cast<unsigned char>(c) & 0x0FU];
  }
  return digits;
}

std::string with_between(std::string_view between) {
  std::string text;
  for (const char c : kSecret) (text += c) += between;
  return text;
}

// Each letter, so many times.
std::string percent(int times) {
  std::string text = kSecret;
  for (int i = 0; i < times; ++i) {
    std::string encoded;
    for (const char c : text) {
      encoded += '%';
      encoded += kHexDigits[static_cast<unsigned char>(c) >> 4U];
      encoded += kHexDigits[static_cast<unsigned char>(c) & 0x0FU];
    }
    text = std::move(encoded);
  }
  return text;
}

struct Form {
  std::string_view place;
  std::string text;
};
const std::vector<Form>& forms() {
  static const std::vector<Form> all{{"{secret}", kSecret},
                                     {"{hex}", hex()},
                                     {"{wide}", with_between({"\0", 1})},
                                     {"{apart}", with_between("\u200B")},
                                     {"{percent}", percent(1)},
                                     {"{percent4}", percent(4)}};
  return all;
}

std::string expanded(std::string_view input) {
  constexpr int kMost = 16;
  std::string text(input);
  for (const Form& form : forms()) {
    std::size_t at = 0;
    for (int i = 0; i < kMost && (at = text.find(form.place, at)) != std::string::npos; ++i) {
      text.replace(at, form.place.size(), form.text);
      at += form.text.size();
    }
  }
  return text;
}

void check_decoded(const DecodedText& text, std::size_t original) {
  require(text.origin.empty() ? text.text.size() <= original
                              : text.origin.size() == text.text.size() + 1,
          "each letter comes from somewhere");
  for (const std::size_t from : text.origin) require(from <= original, "within the original");
}

void check_layers(std::string_view input) {
  DecodedText text{std::string(input)};
  for (int layer = 0; layer < 3; ++layer) {
    static_cast<void>(drop_invisible(text));
    check_decoded(text, input.size());
    require(!drop_invisible(text), "nothing that is not seen is left");
    const DecodedText bytes = bytes_of_hex(text);
    if (!bytes.text.empty()) check_decoded(bytes, input.size());
    require(bytes.text.size() <= 3 * text.text.size() / 2, "bytes are fewer than digits");
    if (!decode_escapes(text)) break;
    check_decoded(text, input.size());
  }
}

void check(std::string_view shown, std::size_t most) {
  fuzz::require_printable(shown, most + 3);
  for (const Form& form : forms())
    require(shown.find(form.text) == std::string_view::npos, "a known secret is not shown");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const bool known = (remember_secret(Secret(kSecret)), true);
  static_cast<void>(known);
  check_layers(fuzz::text_of(data, size));
  const std::string text = expanded(fuzz::text_of(data, size));
  for (const std::size_t most : {std::size_t{60}, std::size_t{4096}}) {
    check(foreign_text(text, most), most);
    check(outgoing_text(text, most), most);
  }
  require(outgoing_lines(text).find(kSecret) == std::string::npos, "a known secret is not shown");
  require(quoted_value(text).find(kSecret) == std::string::npos, "a known secret is not shown");
  require(shown_path(text).find(kSecret) == std::string::npos, "a known secret is not shown");
  // What was scrubbed holds nothing more to scrub that is certain.
  const std::string once = outgoing_text(text);
  require(outgoing_text(once).find(kSecret) == std::string::npos, "a known secret is not shown");
  return 0;
}
