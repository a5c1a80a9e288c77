// Preloaded into a program: while the file that BROKEN_WHILE names is there, calls about paths with
// BROKEN_PATH in them fail with the error number BROKEN_ERROR. A full disk (ENOSPC) can still be
// read.

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace {

const char* variable(const char* name) {
  const char* const value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe)
  return value == nullptr ? "" : value;
}

// Sets errno if the call is to fail.
bool fails(const char* path, bool writes) {
  if (path == nullptr || *variable("BROKEN_PATH") == '\0') return false;
  if (std::strstr(path, variable("BROKEN_PATH")) == nullptr) return false;
  if (::access(variable("BROKEN_WHILE"), F_OK) != 0) return false;
  const int error = std::atoi(variable("BROKEN_ERROR"));  // NOLINT(cert-err34-c)
  if (error == ENOSPC && !writes) return false;
  errno = error;
  return true;
}

bool fails(int descriptor, bool writes) {
  std::array<char, 64> link{};
  std::array<char, 1024> path{};
  std::snprintf(link.data(), link.size(), "/proc/self/fd/%d", descriptor);
  return ::readlink(link.data(), path.data(), path.size() - 1) > 0 && fails(path.data(), writes);
}

template <class Function>
Function next(const char* name) {
  return reinterpret_cast<Function>(::dlsym(RTLD_NEXT, name));
}

}  // namespace

extern "C" {

int open(const char* path, int flags, ...) {
  if (fails(path, (flags & O_CREAT) != 0)) return -1;
  static const auto call = next<int (*)(const char*, int, mode_t)>("open");
  std::va_list arguments;
  va_start(arguments, flags);
  const auto mode = static_cast<mode_t>((flags & O_CREAT) != 0 ? va_arg(arguments, int) : 0);
  va_end(arguments);
  return call(path, flags, mode);
}

int stat(const char* __restrict path, struct stat* __restrict status) {
  if (fails(path, false)) return -1;
  static const auto call = next<int (*)(const char*, struct stat*)>("stat");
  return call(path, status);
}

ssize_t read(int descriptor, void* buffer, size_t size) {
  if (fails(descriptor, false)) return -1;
  static const auto call = next<ssize_t (*)(int, void*, size_t)>("read");
  return call(descriptor, buffer, size);
}

ssize_t write(int descriptor, const void* buffer, size_t size) {
  if (fails(descriptor, true)) return -1;
  static const auto call = next<ssize_t (*)(int, const void*, size_t)>("write");
  return call(descriptor, buffer, size);
}

int fsync(int descriptor) {
  if (fails(descriptor, true)) return -1;
  static const auto call = next<int (*)(int)>("fsync");
  return call(descriptor);
}

int fdatasync(int descriptor) {
  if (fails(descriptor, true)) return -1;
  static const auto call = next<int (*)(int)>("fdatasync");
  return call(descriptor);
}

int rename(const char* from, const char* to) {
  if (fails(to, true)) return -1;
  static const auto call = next<int (*)(const char*, const char*)>("rename");
  return call(from, to);
}

}  // extern "C"
