#pragma once
// The secrets that this process knows, in a form that allows searching a text for all of them at
// once: most by windows of eight letters, which also finds parts.

#include <bitset>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/credential_shape.h"
#include "base/mutex.h"
#include "base/secret.h"

namespace defenderd {

// Thread-safe.
class SecretRegistry {
 public:
  void add(const Secret& secret);

  // Appends the spans of the decoded `text` that show a known secret or a part of one. Short and
  // simple secrets, which may be in our own messages by chance, only for Suspicion::Likely.
  void find(std::string_view text, Suspicion suspicion, std::vector<TextSpan>& spans) const;

 private:
  // What is searched for as a whole: a secret, or its base64 form.
  struct Needle {
    Secret text;
    bool simple = false;    // for Suspicion::Likely only
    bool windowed = false;  // a text that contains it also contains one of its windows
  };
  struct Entry {
    std::uint64_t fingerprint = 0;
    std::vector<Needle> needles;
    std::vector<std::uint64_t> windows;
  };
  static Entry make_entry(const std::string& secret);
  [[nodiscard]] bool is_known(std::uint64_t fingerprint) const REQUIRES_SHARED(mutex_);
  void forget_oldest() REQUIRES(mutex_);

  mutable SharedMutex mutex_;
  std::deque<Entry> entries_ GUARDED_BY(mutex_);  // the oldest first
  // And how many entries have each.
  std::unordered_map<std::uint64_t, std::uint32_t> windows_ GUARDED_BY(mutex_);
  // Whether a window may be known: answers for nearly every window of an innocent text.
  std::bitset<1U << 16U> filter_ GUARDED_BY(mutex_);
};

}  // namespace defenderd
