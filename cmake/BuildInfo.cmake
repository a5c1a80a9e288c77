# What `defenderd version` prints: makes app/build_info.h, app/build_info.cc and app/revision.h below generated/.

set(generated ${PROJECT_BINARY_DIR}/generated/app)
configure_file(${PROJECT_SOURCE_DIR}/daemon/app/build_info.h.in ${generated}/build_info.h @ONLY)

# The libraries that are compiled in or linked, by name, with the version of the package that was found.
set(DEFENDERD_LIBRARIES "")
foreach(pair CLI11=${CLI11_VERSION} cpp-httplib=${httplib_cpp-httplib_VERSION} date=${date_VERSION} fmt=${fmt_VERSION}
             jemalloc=${jemalloc_VERSION} nlohmann_json=${nlohmann_json_VERSION} OpenSSL=running
             prometheus-cpp=${prometheus_core_VERSION} simdjson=${simdjson_VERSION} spdlog=${spdlog_VERSION}
             yaml-cpp=${yaml-cpp_VERSION} zlib=${ZLIB_VERSION_STRING})
  string(REGEX MATCH "^([^=]+)=(.*)$" matched ${pair})
  if(CMAKE_MATCH_2 STREQUAL running)
    set(version "::OpenSSL_version(OPENSSL_VERSION_STRING)")
  elseif(CMAKE_MATCH_2 STREQUAL "") # not in this build, or its package does not say
    continue()
  else()
    string(REPLACE "_0" "" version "\"${CMAKE_MATCH_2}\"") # jemalloc: 5.3.0_0
  endif()
  string(APPEND DEFENDERD_LIBRARIES "\n      {\"${CMAKE_MATCH_1}\", ${version}},")
endforeach()
configure_file(${PROJECT_SOURCE_DIR}/daemon/app/build_info.cc.in ${generated}/build_info.cc @ONLY)

set(write_revision ${CMAKE_COMMAND} -D SOURCE=${PROJECT_SOURCE_DIR} -D OUTPUT=${generated}/revision.h
    -D GIVEN=${DEFENDERD_REVISION} -P ${PROJECT_SOURCE_DIR}/cmake/Revision.cmake)
execute_process(COMMAND ${write_revision})
# At each build of what is released. Elsewhere every commit would link all tests anew.
if(CMAKE_BUILD_TYPE STREQUAL "Release")
  add_custom_target(source_revision COMMAND ${write_revision} BYPRODUCTS ${generated}/revision.h VERBATIM)
endif()
