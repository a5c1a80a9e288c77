#pragma once
// Members of a JSON object that nobody here knows, as they are written, within bounds.

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace defenderd {

// Refers to the text of the answer, which outlives it.
class CarriedMembers {
 public:
  // What is left for all that is carried of one answer. What no longer fits is dropped.
  struct Room {
    std::size_t bytes = 0;
    std::size_t members = 0;
    bool is_exceeded = false;
  };

  // Takes the place of one of the same name. Nothing where the text is not known.
  void put(std::string_view key, std::string_view value, Room& room);

  // An object of those that are not null, "" where there are none.
  [[nodiscard]] std::string object() const;

 private:
  std::vector<std::pair<std::string_view, std::string_view>> members_;
};

}  // namespace defenderd
