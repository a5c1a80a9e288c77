#include "arm/carried_members.h"

#include <algorithm>

namespace defenderd {

void CarriedMembers::put(std::string_view key, std::string_view value, Room& room) {
  const std::size_t size = key.size() + value.size();
  if (room.is_exceeded || room.members == 0 || size > room.bytes) {
    room.is_exceeded = true;
    return;
  }
  --room.members;
  room.bytes -= size;
  std::erase_if(members_, [&](const auto& member) { return member.first == key; });
  members_.emplace_back(key, value);
}

std::string CarriedMembers::object() const {
  std::string text;
  for (const auto& [key, value] : members_) {
    if (value == "null") continue;
    text += text.empty() ? '{' : ',';
    text.append(key).append(":").append(value);
  }
  if (!text.empty()) text += '}';
  return text;
}

}  // namespace defenderd
