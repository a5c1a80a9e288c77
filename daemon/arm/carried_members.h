#pragma once
// The unknown members of a JSON object as they are written, within bounds.

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace defenderd {

// Refers to the text of the answer, which must outlive it.
class CarriedMembers {
 public:
  // The room that is left for one answer. What does not fit is dropped.
  struct Room {
    std::size_t bytes = 0;
    std::size_t members = 0;
    bool is_exceeded = false;
  };

  // Replaces one of the same name. `key` includes its quotes.
  void put(std::string_view key, std::string_view value, Room& room);

  // An object of those that are not null; "" if there are none.
  [[nodiscard]] std::string object() const;

 private:
  std::vector<std::pair<std::string_view, std::string_view>> members_;
};

}  // namespace defenderd
