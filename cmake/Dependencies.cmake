# Finds every third-party library once, under one name, on Debian 12 and 13.

find_package(Threads REQUIRED)
find_package(OpenSSL 3.0 REQUIRED)
find_package(ZLIB REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(libcrypt REQUIRED IMPORTED_TARGET libcrypt) # bcrypt, of the users of the server

# Debian's cpp-httplib has no CMake package. Its compile flags change the layout of its classes, so
# every user must have them: they come with this target.
#
# The upper bound is the newest release that was tried: two files use protected members, and what the
# library does with a request has changed between releases. To try a newer one, run
# tests/net/httplib_versions and the tests with -D DEFENDERD_HTTPLIB_BELOW=..., and raise it here.
set(DEFENDERD_HTTPLIB_BELOW 0.54 CACHE STRING "The first release of cpp-httplib that was not tried")
pkg_check_modules(httplib REQUIRED IMPORTED_TARGET
                  cpp-httplib>=0.11.4 cpp-httplib<${DEFENDERD_HTTPLIB_BELOW})
# prometheus-cpp's CMake package looks for civetweb and curl even when only its core is wanted.
pkg_check_modules(prometheus_core REQUIRED IMPORTED_TARGET prometheus-cpp-core)

# The sanitizers bring their own allocator.
if(NOT DEFENDERD_SANITIZE)
  pkg_check_modules(jemalloc REQUIRED IMPORTED_TARGET jemalloc)
endif()

find_package(yaml-cpp REQUIRED)
if(NOT TARGET yaml-cpp::yaml-cpp) # 0.7 names it without a namespace
  add_library(yaml-cpp::yaml-cpp ALIAS yaml-cpp)
endif()
# Time zones, until the standard library of the oldest Debian has them.
find_package(date REQUIRED)
find_package(nlohmann_json 3.11 REQUIRED)
# Without a version: its package file only accepts one with the same first two numbers.
find_package(simdjson REQUIRED CONFIG)
find_package(spdlog REQUIRED)
find_package(CLI11 REQUIRED)

if(DEFENDERD_TESTS)
  find_package(GTest REQUIRED)
  include(GoogleTest)
endif()
