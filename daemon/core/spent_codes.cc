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

}  // namespace defenderd
