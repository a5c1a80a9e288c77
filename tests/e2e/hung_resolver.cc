// Preloaded into a program: names are not resolved while a marker file is there, as with a name
// server that does not answer. HUNG_WHILE names the marker.

#include <dlfcn.h>
#include <netdb.h>

#include <cstdlib>

#include "e2e/wait_while.h"

extern "C" int getaddrinfo(const char* __restrict node, const char* __restrict service,
                           const struct addrinfo* __restrict hints,
                           struct addrinfo** __restrict result) {
  const bool is_name = hints == nullptr || (hints->ai_flags & AI_NUMERICHOST) == 0;
  if (is_name) wait_while_there(std::getenv("HUNG_WHILE"));  // NOLINT(concurrency-mt-unsafe)
  using Call = int (*)(const char*, const char*, const addrinfo*, addrinfo**);
  static const auto call = reinterpret_cast<Call>(::dlsym(RTLD_NEXT, "getaddrinfo"));
  return call(node, service, hints, result);
}
