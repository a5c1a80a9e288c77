// Texts of others that may hold credentials (base/scrub.h). In the input {secret} stands for one
// that the process knows.

#include "base/scrub.h"

#include "fuzz/fuzz.h"

using namespace defenderd;
using fuzz::require;

namespace {

constexpr std::string_view kSecret = "8Q~Kn0wn.s3cret-v4lue_ThatNobodyMaySee~";

std::string expanded(std::string_view input) {
  constexpr std::string_view kPlace = "{secret}";
  constexpr int kMost = 16;
  std::string text(input);
  std::size_t at = 0;
  for (int i = 0; i < kMost && (at = text.find(kPlace, at)) != std::string::npos; ++i) {
    text.replace(at, kPlace.size(), kSecret);
    at += kSecret.size();
  }
  return text;
}

void check(std::string_view shown, std::size_t most) {
  fuzz::require_printable(shown, most + 3);
  require(shown.find(kSecret) == std::string_view::npos, "a known secret is not shown");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const bool known = (remember_secret(Secret(std::string(kSecret))), true);
  static_cast<void>(known);
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
