#include "base/secret_registry.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <functional>

#include "base/letters.h"

namespace defenderd {
namespace {

constexpr std::size_t kWindow = 8;  // this many letters in common are not a coincidence
constexpr std::size_t kShortest = 4;
constexpr std::size_t kMaxEntries = 512;
constexpr std::size_t kLongestNeedle = 512;  // longer ones are random, so windows find them
constexpr std::size_t kLongestEncoded = 256;
constexpr std::size_t kDense = 64;  // at both ends of a long secret every window counts
constexpr std::size_t kFilterBits = 1U << 16U;

// Letters that encodings replace with one another are equal.
char folded(char c) {
  if (c == ' ' || c == '-') return '+';  // a form's space; base64url
  if (c == '_') return '/';
  return c;
}

std::string folded(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(), [](char c) { return folded(c); });
  return result;
}

std::uint64_t window_at(std::string_view text, std::size_t at) {
  std::uint64_t window = 0;
  std::memcpy(&window, text.data() + at, kWindow);
  return window;
}

std::size_t filter_bit(std::uint64_t window) {
  return static_cast<std::size_t>((window * 0x9E3779B97F4A7C15ULL) >> 48U) % kFilterBits;
}

struct Mixture {
  int lower = 0;
  int upper = 0;
  int digits = 0;
  int odd = 0;

  explicit Mixture(std::string_view text) {
    for (const char c : text) {
      lower += is_lower(c) ? 1 : 0;
      upper += is_upper(c) ? 1 : 0;
      digits += is_digit(c) ? 1 : 0;
      odd += !is_alphanumeric(c) && !is_one_of(c, "+/.:,") ? 1 : 0;
    }
  }
};

// A part that could be in any text proves nothing: words, and numbers such as dates.
bool is_telling(std::string_view window) {
  const Mixture mixture(window);
  const bool number = mixture.lower + mixture.upper + mixture.odd == 0;
  const bool letters = mixture.upper > 1 && mixture.lower > 1;
  return !number && (mixture.digits > 0 || mixture.odd > 0 || letters);
}

// One that could be in our own messages.
bool is_simple(std::string_view secret) {
  constexpr std::size_t kComplex = 8;
  constexpr std::size_t kLong = 16;
  const Mixture mixture(secret);
  const int kinds = (mixture.lower > 0 ? 1 : 0) + (mixture.upper > 0 ? 1 : 0) +
                    (mixture.digits > 0 ? 1 : 0) + (mixture.odd > 0 ? 1 : 0);
  return secret.size() < kComplex || (secret.size() < kLong && kinds < 2);
}

// The base64 letters that depend on all of `secret` and nothing else, if `before` bytes precede it
// in a group of three.
std::string base64_inside(std::string_view secret, std::size_t before) {
  static constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const std::string bytes = std::string(before, '\0') + std::string(secret);
  std::string result;
  std::uint32_t bits = 0;
  unsigned count = 0;
  for (const char c : bytes) {
    bits = (bits << 8U) | static_cast<unsigned char>(c);
    for (count += 8; count >= 6; count -= 6) result += kAlphabet[(bits >> (count - 6)) & 0x3FU];
  }
  constexpr std::array<std::size_t, 3> kForeign{0, 2, 3};  // letters that `before` affects
  return result.substr(std::min(kForeign.at(before), result.size()));
}

bool stands_alone(std::string_view text, std::size_t begin, std::size_t end) {
  return (begin == 0 || !is_alphanumeric(text[begin - 1])) &&
         (end == text.size() || !is_alphanumeric(text[end]));
}

}  // namespace

SecretRegistry::Entry SecretRegistry::make_entry(const std::string& secret) {
  Entry entry;
  entry.fingerprint = std::hash<std::string_view>{}(secret);
  std::vector<std::string> forms{folded(secret)};
  if (secret.size() <= kLongestEncoded) {
    constexpr std::size_t kLeastBytes = 6;
    for (std::size_t before = 0; before < 3 && secret.size() >= kLeastBytes; ++before)
      forms.push_back(folded(base64_inside(secret, before)));
  }
  for (std::string& form : forms) {
    const std::size_t last = form.size() < kWindow ? 0 : form.size() - kWindow;
    const std::size_t windows_before = entry.windows.size();
    const bool is_long = form.size() > kLongestNeedle;
    for (std::size_t at = 0; form.size() >= kWindow && at <= last; ++at) {
      const bool sparse = is_long && at >= kDense && at + kDense <= last;
      if (sparse && at % kWindow != 0) continue;
      if (is_long || is_telling(std::string_view(form).substr(at, kWindow)))
        entry.windows.push_back(window_at(form, at));
    }
    if (is_long) continue;
    const bool simple = is_simple(form);
    const bool windowed = entry.windows.size() > windows_before;
    entry.needles.push_back({Secret(std::move(form)), simple, windowed});
  }
  std::sort(entry.windows.begin(), entry.windows.end());
  entry.windows.erase(std::unique(entry.windows.begin(), entry.windows.end()), entry.windows.end());
  return entry;
}

void SecretRegistry::add(const Secret& secret) {
  const std::string& text = secret.reveal();
  if (text.size() < kShortest) return;
  const std::uint64_t fingerprint = std::hash<std::string_view>{}(text);
  {
    const ReaderLock lock(mutex_);
    if (is_known(fingerprint)) return;
  }
  Entry entry = make_entry(text);
  const WriterLock lock(mutex_);
  if (is_known(fingerprint)) return;  // another thread may have added it meanwhile
  for (const std::uint64_t window : entry.windows) {
    ++windows_[window];
    filter_.set(filter_bit(window));
  }
  entries_.push_back(std::move(entry));
  if (entries_.size() > kMaxEntries) forget_oldest();
}

bool SecretRegistry::is_known(std::uint64_t fingerprint) const {
  return std::any_of(entries_.rbegin(), entries_.rend(),
                     [&](const Entry& entry) { return entry.fingerprint == fingerprint; });
}

void SecretRegistry::forget_oldest() {
  constexpr std::size_t kAtOnce = kMaxEntries / 8;
  for (std::size_t i = 0; i < kAtOnce; ++i) {
    for (const std::uint64_t window : entries_.front().windows) {
      const auto known = windows_.find(window);
      if (--known->second == 0) windows_.erase(known);
    }
    entries_.pop_front();
  }
  filter_.reset();
  for (const auto& [window, count] : windows_) filter_.set(filter_bit(window));
}

void SecretRegistry::find(std::string_view text, Suspicion suspicion,
                          std::vector<TextSpan>& spans) const {
  const ReaderLock lock(mutex_);
  if (entries_.empty() || text.size() < kShortest) return;
  const bool folds = text.find_first_of(" -_") != std::string_view::npos;
  const std::string copy = folds ? folded(text) : std::string();
  const std::string_view letters = folds ? std::string_view(copy) : text;
  bool any_window = false;
  for (std::size_t at = 0; at + kWindow <= letters.size(); ++at) {
    const std::uint64_t window = window_at(letters, at);
    if (!filter_.test(filter_bit(window)) || !windows_.contains(window)) continue;
    spans.push_back({at, at + kWindow});
    any_window = true;
  }
  for (const Entry& entry : entries_) {
    for (const Needle& needle : entry.needles) {
      if (needle.simple && suspicion == Suspicion::Certain) continue;
      if (needle.windowed && !any_window) continue;
      const std::string& wanted = needle.text.reveal();
      for (std::size_t at = letters.find(wanted); at != std::string_view::npos;
           at = letters.find(wanted, at + 1)) {
        const std::size_t end = at + wanted.size();
        if (wanted.size() >= kWindow || stands_alone(letters, at, end)) spans.push_back({at, end});
      }
    }
  }
}

}  // namespace defenderd
