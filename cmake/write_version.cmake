# cmake -DOUT=FILE -DVERSION=V -DSOURCE=DIR -P write_version.cmake: a header with the version and the commit it was built
# from. The file is only touched where that changed.
set(build "")
find_package(Git QUIET)
if(GIT_FOUND)
  execute_process(COMMAND ${GIT_EXECUTABLE} -C ${SOURCE} describe --always --dirty --exclude=*
    OUTPUT_VARIABLE build OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
endif()
if(build)
  set(build " (${build})")
endif()
file(CONFIGURE OUTPUT ${OUT} CONTENT "#pragma once\n\n#define GATESCOPE_PROGRAM_NAME \"gatescope ${VERSION}${build}\"\n")
