#include "reconcile/confirm_codes.h"

#include <cstddef>

namespace defenderd {
namespace {

constexpr std::size_t kDigits = 8;
constexpr std::size_t kMostShown = 20;  // what waits may change many times

}  // namespace

std::string ConfirmCodes::code_of(std::string text, const SpentCodes& spent) {
  std::string code;
  do {
    code = hash_(text).substr(0, kDigits);
    text += "again\n";
  } while (!spent.is_fresh(code));
  std::erase(shown_, code);
  if (shown_.size() == kMostShown) shown_.erase(shown_.begin());
  shown_.push_back(code);
  return code;
}

void ConfirmCodes::withdraw(SpentCodes& spent) {
  for (const std::string& code : shown_) spent.withdraw(code);
  shown_.clear();
}

}  // namespace defenderd
