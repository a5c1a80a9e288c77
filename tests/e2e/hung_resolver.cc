// Preloaded into a program: names are not resolved while a marker file is there, as with a name
// server that does not answer. HUNG_WHILE names the marker.

#include <dlfcn.h>
#include <netdb.h>
#include <unistd.h>

#include <cstdlib>
#include <ctime>

extern "C" int getaddrinfo(const char* __restrict node, const char* __restrict service,
                           const struct addrinfo* __restrict hints,
                           struct addrinfo** __restrict result) {
  const char* const marker = std::getenv("HUNG_WHILE");  // NOLINT(concurrency-mt-unsafe)
  const timespec pause{0, 5'000'000};
  while (marker != nullptr && ::access(marker, F_OK) == 0) ::nanosleep(&pause, nullptr);
  using Call = int (*)(const char*, const char*, const addrinfo*, addrinfo**);
  static const auto call = reinterpret_cast<Call>(::dlsym(RTLD_NEXT, "getaddrinfo"));
  return call(node, service, hints, result);
}
