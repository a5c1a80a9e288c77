# Run as a script: writes OUTPUT, a header with the source revision, if it has changed. The first of: GIVEN (set by
# who builds), what `git archive` wrote into revision.txt, and the commit that git knows, with "-dirty" if tracked
# files differ from it.

cmake_minimum_required(VERSION 3.25)
set(revision "${GIVEN}")
if(revision STREQUAL "")
  file(STRINGS ${SOURCE}/cmake/revision.txt revision LIMIT_COUNT 1)
  if(NOT revision MATCHES "^[0-9a-f]+$")
    set(revision "")
  endif()
endif()
if(revision STREQUAL "" AND EXISTS ${SOURCE}/.git) # not that of a repository around an unpacked archive
  execute_process(COMMAND git -C ${SOURCE} describe --always --dirty --abbrev=40 --exclude=*
                  OUTPUT_VARIABLE revision OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
endif()
if(revision STREQUAL "")
  set(revision unknown)
endif()
file(CONFIGURE OUTPUT ${OUTPUT} @ONLY CONTENT "#pragma once\n#define DEFENDERD_REVISION \"@revision@\"\n")
