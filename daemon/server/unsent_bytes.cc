#include "server/unsent_bytes.h"

namespace defenderd {
namespace {

std::size_t own(const WireAnswer& answer) {
  return answer.head.capacity() + answer.body.capacity();
}

}  // namespace

std::size_t UnsentBytes::cost(const WireAnswer& answer) const {
  const bool counted = answer.shared == nullptr || shares_.contains(answer.shared.get());
  return own(answer) + (counted ? 0 : answer.shared->capacity());
}

void UnsentBytes::add(const WireAnswer& answer) {
  const std::size_t added = cost(answer);
  if (answer.shared) ++shares_[answer.shared.get()];
  total_ += added;
}

void UnsentBytes::remove(const WireAnswer& answer) {
  if (answer.shared && --shares_.at(answer.shared.get()) == 0) shares_.erase(answer.shared.get());
  total_ -= cost(answer);
}

}  // namespace defenderd
