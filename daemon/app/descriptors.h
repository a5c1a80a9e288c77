#pragma once
// The process's file descriptors: the standard ones, and the limit on their number.

#include <cstdint>
#include <optional>
#include <string>

namespace defenderd {

// Opens /dev/null for each of the descriptors 0 to 2 that is closed, before anything else is
// opened: a socket with such a number would receive what is printed.
void open_standard_descriptors();

// Raises the soft limit of open files to the hard one, but not beyond what is useful.
void raise_descriptor_limit();
// nullopt: it is unlimited, or the system does not say.
[[nodiscard]] std::optional<std::uint64_t> descriptor_limit();
// What to do about a limit that is too low; "" if it is not.
[[nodiscard]] std::string few_descriptors(std::optional<std::uint64_t> limit);

}  // namespace defenderd
