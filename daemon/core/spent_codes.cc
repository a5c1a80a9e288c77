#include "core/spent_codes.h"

#include <algorithm>

#include "base/text.h"

namespace defenderd {

bool SpentCodes::contains(std::string_view code) const {
  return std::find(codes_.begin(), codes_.end(), to_lower(code)) != codes_.end();
}

void SpentCodes::add(std::string_view code) {
  if (contains(code)) return;
  if (codes_.size() == kMost) codes_.erase(codes_.begin());
  codes_.push_back(to_lower(code));
}

void SpentCodes::withdraw(std::string_view code) {
  if (code.empty() || !is_fresh(code)) return;
  if (withdrawn_.size() == kMostWithdrawn) withdrawn_.erase(withdrawn_.begin());
  withdrawn_.push_back(to_lower(code));
  ++revision_;
}

bool SpentCodes::is_fresh(std::string_view code) const {
  return !contains(code) && !is_withdrawn(code);
}

bool SpentCodes::is_withdrawn(std::string_view code) const {
  return std::find(withdrawn_.begin(), withdrawn_.end(), to_lower(code)) != withdrawn_.end();
}

}  // namespace defenderd
