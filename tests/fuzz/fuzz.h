#pragma once
// What the fuzzers share. Each defines LLVMFuzzerTestOneInput, which ends the program where the
// code under test breaks a promise; tests/README.md says how to run them.

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "base/text.h"

// libFuzzer's entry point, called by replay.cc in a build without libFuzzer.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace defenderd::fuzz {

inline std::string_view text_of(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

// Aborts instead of throwing, so that libFuzzer keeps the input.
inline void require(bool holds, std::string_view promise) {
  if (holds) return;
  std::fprintf(stderr, "broken promise: %.*s\n", static_cast<int>(promise.size()), promise.data());
  std::abort();
}

// A text for people: well-formed UTF-8 on one line, without control characters, of bounded length.
inline void require_printable(std::string_view text, std::size_t max_bytes) {
  require(is_printable(text), "a text for people is printable");
  require(text.size() <= max_bytes, "a text for people is bounded");
}

// Takes the front of `input` up to the first `end`, or all of it where there is none.
inline std::string_view take_until(std::string_view& input, char end) {
  const std::size_t at = input.find(end);
  const std::string_view part = input.substr(0, at);
  input.remove_prefix(at == std::string_view::npos ? input.size() : at + 1);
  return part;
}

}  // namespace defenderd::fuzz
