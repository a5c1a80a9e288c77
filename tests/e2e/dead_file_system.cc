// Preloaded into a program: calls about one path block while a marker file is there, as those about
// a network file system do whose server is gone. DEAD_PATH names the path, DEAD_WHILE the marker.

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "e2e/wait_while.h"

namespace {

void wait_while_dead(const char* path) {
  const char* const dead = std::getenv("DEAD_PATH");     // NOLINT(concurrency-mt-unsafe)
  const char* const marker = std::getenv("DEAD_WHILE");  // NOLINT(concurrency-mt-unsafe)
  if (dead == nullptr || marker == nullptr || path == nullptr) return;
  if (std::strstr(path, dead) == nullptr) return;
  wait_while_there(marker);
}

template <class Function>
Function next(const char* name) {
  return reinterpret_cast<Function>(::dlsym(RTLD_NEXT, name));
}

}  // namespace

extern "C" {

int stat(const char* __restrict path, struct stat* __restrict status) {
  wait_while_dead(path);
  static const auto call = next<int (*)(const char*, struct stat*)>("stat");
  return call(path, status);
}

int lstat(const char* __restrict path, struct stat* __restrict status) {
  wait_while_dead(path);
  static const auto call = next<int (*)(const char*, struct stat*)>("lstat");
  return call(path, status);
}

int open(const char* path, int flags, ...) {
  wait_while_dead(path);
  static const auto call = next<int (*)(const char*, int, mode_t)>("open");
  std::va_list arguments;
  va_start(arguments, flags);
  const auto mode = static_cast<mode_t>((flags & O_CREAT) != 0 ? va_arg(arguments, int) : 0);
  va_end(arguments);
  return call(path, flags, mode);
}

int access(const char* path, int mode) {
  wait_while_dead(path);
  static const auto call = next<int (*)(const char*, int)>("access");
  return call(path, mode);
}

int unlink(const char* path) {
  wait_while_dead(path);
  static const auto call = next<int (*)(const char*)>("unlink");
  return call(path);
}

int rename(const char* from, const char* to) {
  wait_while_dead(from);
  wait_while_dead(to);
  static const auto call = next<int (*)(const char*, const char*)>("rename");
  return call(from, to);
}

ssize_t readlink(const char* __restrict path, char* __restrict to, std::size_t size) {
  wait_while_dead(path);
  static const auto call = next<ssize_t (*)(const char*, char*, std::size_t)>("readlink");
  return call(path, to, size);
}

}  // extern "C"
