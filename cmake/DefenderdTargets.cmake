# Functions that build a library, a program or a test, so that warnings, sanitizers and include paths are
# the same everywhere.

include(CheckCXXCompilerFlag)

# Without -Wnull-dereference: at the developers' -O1, g++ 12 does not see that Result checks its state before it
# takes the value, and reports moves out of it, often inside <string> and <vector>.
add_library(defenderd_flags INTERFACE)
target_compile_options(defenderd_flags INTERFACE
  -Wall -Wextra -Wshadow -Wconversion -Wnon-virtual-dtor -Woverloaded-virtual -Wundef -Wextra-semi -Wold-style-cast
  $<$<CXX_COMPILER_ID:GNU>:-Wduplicated-cond> $<$<CXX_COMPILER_ID:Clang>:-Wthread-safety>
  $<$<BOOL:${DEFENDERD_WERROR}>:-Werror>)
# The standard library checks its own preconditions, such as an index within a vector.
target_compile_definitions(defenderd_flags INTERFACE _GLIBCXX_ASSERTIONS)
if(CMAKE_BUILD_TYPE STREQUAL "Release") # as dpkg-buildflags with hardening=+all
  target_compile_options(defenderd_flags INTERFACE -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3 -fstack-protector-strong
                         -Wformat -Werror=format-security -ffunction-sections -fdata-sections)
  foreach(flag -fstack-clash-protection -fcf-protection -mbranch-protection=standard) # the last two: by processor
    string(MAKE_C_IDENTIFIER "has${flag}" has)
    check_cxx_compiler_flag(${flag} ${has})
    if(${has})
      target_compile_options(defenderd_flags INTERFACE ${flag})
    endif()
  endforeach()
  # Without what nobody calls: mostly functions of templates that were inlined everywhere.
  target_link_options(defenderd_flags INTERFACE -Wl,-z,relro -Wl,-z,now -Wl,--gc-sections)
endif()
if(DEFENDERD_SANITIZE)
  # Half of the compiler's time would go into three checks: AddressSanitizer reports a null pointer and an
  # object that is too small when they are used, and x86 takes unaligned addresses.
  target_compile_options(defenderd_flags INTERFACE
    -fsanitize=${DEFENDERD_SANITIZE} -fno-sanitize=null,alignment,object-size -fno-omit-frame-pointer
    -fno-sanitize-recover=all)
  target_link_options(defenderd_flags INTERFACE -fsanitize=${DEFENDERD_SANITIZE})
endif()
if(DEFENDERD_FUZZ) # what the fuzzers watch: the libraries; libFuzzer itself is linked by them alone
  target_compile_options(defenderd_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()

# Precompiled headers, where the preset asks for them: a third of the compiler's time for a small source
# goes into these. The clang preset has none, so that a source that forgets to include one does not pass.
function(defenderd_precompile target)
  add_library(${target} OBJECT EXCLUDE_FROM_ALL ${PROJECT_SOURCE_DIR}/cmake/precompiled.cc)
  target_link_libraries(${target} PRIVATE defenderd_flags Threads::Threads)
  target_precompile_headers(${target} PRIVATE ${ARGN})
  if(CMAKE_CXX_COMPILER_ID STREQUAL GNU)
    target_compile_options(${target} PRIVATE -fpch-preprocess) # for ccache
  endif()
endfunction()
set(standard_headers <algorithm> <array> <charconv> <chrono> <condition_variable> <filesystem> <fstream> <functional>
    <map> <memory> <mutex> <optional> <set> <span> <sstream> <stop_token> <string> <string_view> <thread>
    <unordered_map> <utility> <vector>)
defenderd_precompile(precompiled_standard ${standard_headers})

# defenderd_reuse(<target> <what defenderd_precompile made>)
# What g++ 12 optimises with precompiled headers gets warnings about the standard library's own code: in a build
# that has warnings as errors, only the tests, which are not optimised, use them.
function(defenderd_reuse target precompiled)
  if(CMAKE_DISABLE_PRECOMPILE_HEADERS OR (DEFENDERD_WERROR AND precompiled STREQUAL precompiled_standard))
    return()
  endif()
  target_precompile_headers(${target} REUSE_FROM ${precompiled})
  if(CMAKE_CXX_COMPILER_ID STREQUAL GNU)
    target_compile_options(${target} PRIVATE -fpch-preprocess)
  endif()
endfunction()

# defenderd_library(<folder> [SMALL] SOURCES ... HEADERS ... [LINKS <may appear in our headers>] [USES <private>])
# makes the target defenderd_<folder>. The header set lets CMake compile each header alone. SMALL: what it does is not
# done once per subscription, so a release optimises it for size; all text that is touched once stays in memory.
function(defenderd_library folder)
  cmake_parse_arguments(arg "SMALL" "" "SOURCES;HEADERS;LINKS;USES" ${ARGN})
  set(target defenderd_${folder})
  set(scope PUBLIC)
  if(NOT arg_SOURCES)
    set(scope INTERFACE)
  endif()
  if(scope STREQUAL INTERFACE)
    add_library(${target} INTERFACE)
  else()
    add_library(${target} STATIC ${arg_SOURCES})
    target_link_libraries(${target} PRIVATE defenderd_flags ${arg_USES})
    if(arg_SMALL)
      target_compile_options(${target} PRIVATE $<$<CONFIG:Release>:-Os>)
    endif()
    defenderd_reuse(${target} precompiled_standard)
  endif()
  target_sources(${target} ${scope} FILE_SET HEADERS BASE_DIRS ${PROJECT_SOURCE_DIR}/daemon
                 FILES ${arg_HEADERS})
  target_include_directories(${target} ${scope} ${PROJECT_SOURCE_DIR}/daemon)
  target_link_libraries(${target} ${scope} ${arg_LINKS})
  set_target_properties(${target} PROPERTIES VERIFY_INTERFACE_HEADER_SETS ON)
endfunction()

# embed_files(<source to make> <header> <type> <function> <prefix of the names> <files>...): see EmbedFiles.cmake
function(embed_files output header type function prefix)
  set(script ${PROJECT_SOURCE_DIR}/cmake/EmbedFiles.cmake)
  get_filename_component(name ${output} NAME)
  add_custom_command(OUTPUT ${output}
    COMMAND ${CMAKE_COMMAND} "-DINPUTS=${ARGN}" -DOUTPUT=${output} -DHEADER=${header} -DTYPE=${type}
            -DFUNCTION=${function} -DPREFIX=${prefix} -P ${script}
    DEPENDS ${ARGN} ${script}
    COMMENT "Embedding files into ${name}" VERBATIM)
endfunction()

# The path of the sources, as a header for the few tests that read them: a global definition would keep
# ccache from sharing objects between checkouts.
file(CONFIGURE OUTPUT ${PROJECT_BINARY_DIR}/generated/source_dir.h @ONLY
     CONTENT "#pragma once\n#define DEFENDERD_SOURCE_DIR \"@PROJECT_SOURCE_DIR@\"\n")

# Optimised, and with the names of their variables, the tests would take almost twice as long to compile.
add_library(defenderd_test_flags INTERFACE)
if(NOT CMAKE_BUILD_TYPE STREQUAL "Release")
  target_compile_options(defenderd_test_flags INTERFACE -O0 -g1)
endif()
if(DEFENDERD_TESTS)
  defenderd_precompile(precompiled_tests ${standard_headers} <gmock/gmock.h> <gtest/gtest.h>)
  target_link_libraries(precompiled_tests PRIVATE defenderd_test_flags GTest::gmock)
endif()

# defenderd_test(<name> LABEL unit|http|e2e SOURCES ... LINKS ... [SERIAL: runs alone])
function(defenderd_test name)
  cmake_parse_arguments(arg "SERIAL" "LABEL;TIMEOUT" "SOURCES;LINKS" ${ARGN})
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 120)
  endif()
  if(DEFENDERD_SANITIZE OR CMAKE_CROSSCOMPILING) # several times slower; the latter under qemu
    math(EXPR arg_TIMEOUT "4 * ${arg_TIMEOUT}")
  endif()
  add_executable(${name} ${arg_SOURCES})
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR}/daemon ${PROJECT_SOURCE_DIR}/tests
                             ${PROJECT_BINARY_DIR}/generated)
  target_link_libraries(${name} PRIVATE defenderd_flags defenderd_test_flags ${arg_LINKS} GTest::gmock GTest::gtest_main)
  defenderd_reuse(${name} precompiled_tests)
  set(cost 1)
  if(arg_LABEL STREQUAL e2e) # they wait most of the time: begun first, they leave the processor to the others
    set(cost 100)
  endif()
  # unit_tests, http_tests, e2e_tests: builds all programs of that label.
  if(NOT TARGET ${arg_LABEL}_tests)
    add_custom_target(${arg_LABEL}_tests)
  endif()
  add_dependencies(${arg_LABEL}_tests ${name})
  set(filter "")
  if(DEFENDERD_SANITIZE STREQUAL "thread") # the models have one thread, and would take minutes
    set(filter TEST_FILTER "-*Model.*:*ModelTest.*")
  endif()
  gtest_discover_tests(${name} TEST_PREFIX "${name}." DISCOVERY_TIMEOUT 60 ${filter}
                       PROPERTIES LABELS ${arg_LABEL} TIMEOUT ${arg_TIMEOUT} RUN_SERIAL ${arg_SERIAL} COST ${cost})
endfunction()

# defenderd_check(<name> LABEL ... TIMEOUT ... COMMAND ...): a script that runs none of our programs, so that
# sanitizers would find nothing. Exit code 77 is a skip.
function(defenderd_check name)
  cmake_parse_arguments(arg "" "LABEL;TIMEOUT" "COMMAND" ${ARGN})
  if(NOT DEFENDERD_SANITIZE)
    add_test(NAME ${name} COMMAND ${arg_COMMAND})
    set_tests_properties(${name} PROPERTIES LABELS ${arg_LABEL} TIMEOUT ${arg_TIMEOUT} SKIP_RETURN_CODE 77
                         COST ${arg_TIMEOUT})
  endif()
endfunction()

# defenderd_fuzzer(<name> LINKS ... [SOURCES besides <name>_fuzz.cc] [SEEDS folders below tests/]): its corpus is
# corpus/<name>. With DEFENDERD_FUZZ a program of libFuzzer; otherwise one that replays the corpus, as
# a test.
function(defenderd_fuzzer name)
  cmake_parse_arguments(arg "" "" "LINKS;SEEDS;SOURCES" ${ARGN})
  set(target ${name}_fuzz)
  set(seeds ${CMAKE_CURRENT_SOURCE_DIR}/corpus/${name})
  foreach(folder ${arg_SEEDS})
    list(APPEND seeds ${PROJECT_SOURCE_DIR}/tests/${folder})
  endforeach()
  add_executable(${target} ${name}_fuzz.cc ${arg_SOURCES})
  target_include_directories(${target} PRIVATE ${PROJECT_SOURCE_DIR}/daemon ${PROJECT_SOURCE_DIR}/tests)
  target_link_libraries(${target} PRIVATE defenderd_flags ${arg_LINKS})
  if(DEFENDERD_FUZZ)
    target_link_options(${target} PRIVATE -fsanitize=fuzzer)
    list(JOIN seeds "\n" lines)
    file(WRITE ${CMAKE_CURRENT_BINARY_DIR}/${name}.seeds "${lines}\n") # for tests/fuzz/run
  else()
    target_sources(${target} PRIVATE replay.cc)
    add_test(NAME fuzz.${name} COMMAND ${target} ${seeds})
    set_tests_properties(fuzz.${name} PROPERTIES LABELS unit TIMEOUT 120)
    if(NOT TARGET unit_tests)
      add_custom_target(unit_tests)
    endif()
    add_dependencies(unit_tests ${target})
  endif()
endfunction()
