#pragma once
// For libraries that are preloaded into a program: a call that hangs.

#include <unistd.h>

#include <ctime>

// While the marker file is there; nullptr: not at all.
inline void wait_while_there(const char* marker) {
  const timespec pause{0, 5'000'000};
  while (marker != nullptr && ::access(marker, F_OK) == 0) ::nanosleep(&pause, nullptr);
}
