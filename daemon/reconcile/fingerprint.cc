#include "reconcile/fingerprint.h"

#include <string_view>

namespace defenderd {
namespace {

// FNV-1a: equal fingerprints mean equal values.
class Fingerprint {
 public:
  void add(std::uint64_t number) { value_ = (value_ ^ number) * 1099511628211ULL; }
  void add(std::string_view text) {
    for (const char c : text) add(static_cast<std::uint64_t>(static_cast<unsigned char>(c)));
    add(text.size() + 256);
  }
  [[nodiscard]] std::uint64_t value() const { return value_; }

 private:
  std::uint64_t value_ = 14695981039346656037ULL;
};

}  // namespace

std::uint64_t fingerprint(const DesiredSubscription& desired) {
  Fingerprint print;
  print.add(desired.mode == Mode::Enforce ? 1 : 0);
  print.add(desired.plan ? 1 : 0);
  print.add(desired.unnamed_extensions == UnnamedExtensions::Off ? 1 : 0);
  print.add(desired.tenant ? desired.tenant->hash() : 0);
  for (const DesiredExtension& extension : desired.extensions) {
    print.add(extension.name);
    print.add(extension.on ? 1 : 0);
  }
  if (desired.suspend) {
    print.add(static_cast<std::uint64_t>(desired.suspend->until.time_since_epoch().count()));
  }
  return print.value();
}

std::uint64_t fingerprint(const Pricing& pricing) {
  Fingerprint print;
  print.add(pricing.tier_text);
  for (const Extension& extension : pricing.extensions) {
    print.add(extension.name);
    print.add(extension.enabled ? (*extension.enabled ? "on" : "off") : extension.enabled_text);
  }
  return print.value();
}

std::uint64_t reached_mark(SubscriptionId id, std::uint64_t declaration) {
  Fingerprint print;
  print.add(id.text());
  print.add(declaration);
  return print.value();
}

}  // namespace defenderd
