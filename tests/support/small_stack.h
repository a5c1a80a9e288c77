#pragma once
// Runs something where unbounded recursion fails at once: on a thread with a small stack.

#include <pthread.h>

#include <cstddef>
#include <stdexcept>

namespace defenderd {

// Enough for OpenSSL and the resolver, with sanitizers too.
inline constexpr std::size_t kSmallStack = std::size_t{512} * 1024;

template <class Work>
void on_small_stack(Work work) {
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, kSmallStack);
  pthread_t thread{};
  const auto run = [](void* given) -> void* {
    (*static_cast<Work*>(given))();
    return nullptr;
  };
  const int error = pthread_create(&thread, &attributes, run, &work);
  pthread_attr_destroy(&attributes);
  if (error != 0) throw std::runtime_error("no thread");
  pthread_join(thread, nullptr);
}

}  // namespace defenderd
