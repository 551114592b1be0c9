# Compile options every target of ours shares.

# Assertions name their files without the folder of the build machine. A release has none.
if(NOT MSVC AND NOT CMAKE_BUILD_TYPE STREQUAL "Release")
  add_compile_options(-fmacro-prefix-map=${PROJECT_SOURCE_DIR}/=)
endif()

if(GATESCOPE_SANITIZE)
  add_compile_options(-fsanitize=${GATESCOPE_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${GATESCOPE_SANITIZE})
  add_compile_definitions(GATESCOPE_SANITIZED)
endif()

# Tests and commands drive what is checked. Compiled without the checks they halve that build's time; the thread
# sanitizer must see all code that waits or locks. They are optimised: the linker takes Eigen's functions from them.
add_library(gatescope_driver INTERFACE)
if(GATESCOPE_SANITIZE MATCHES "address")
  # These three are asked at every use of a pointer, a fifth of the compiler's work. What they would find faults by
  # itself, or is an address that the address sanitizer knows.
  add_compile_options(-fno-sanitize=null,alignment,object-size)
  if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
    add_compile_options(-fsanitize-ignorelist=${PROJECT_SOURCE_DIR}/tests/ubsan_ignore.txt)
  endif()
  target_compile_options(gatescope_driver INTERFACE -fno-sanitize=all)
elseif(CMAKE_BUILD_TYPE STREQUAL "Release" AND NOT MSVC)
  target_compile_options(gatescope_driver INTERFACE -O1)
endif()

# What waits for people computes little, and takes the compiler a third less time so.
add_library(gatescope_patient INTERFACE)
if(CMAKE_BUILD_TYPE STREQUAL "Release" AND NOT MSVC)
  target_compile_options(gatescope_patient INTERFACE -O1)
endif()

# The fuzzers are guided by what they reach in the libraries whose readers they call; Eigen's functions tell them nothing
# of a file.
add_library(gatescope_guides INTERFACE)
if(GATESCOPE_FUZZ)
  target_compile_options(gatescope_guides INTERFACE -fsanitize=fuzzer-no-link
    -fsanitize-coverage-ignorelist=${PROJECT_SOURCE_DIR}/tests/fuzz/guides_ignore.txt)
endif()

# Every product is cut into shards by our own thread pool; Eigen's own threads would change sums.
add_compile_definitions(EIGEN_DONT_PARALLELIZE)

add_library(gatescope_warnings INTERFACE)
if(MSVC)
  target_compile_options(gatescope_warnings INTERFACE /W4 /permissive-)
else()
  target_compile_options(gatescope_warnings INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion
    -Wno-sign-conversion -Wnon-virtual-dtor -Woverloaded-virtual)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # g++ 12 warns inside its own AVX-512 intrinsics (GCC bug 105593).
    target_compile_options(gatescope_warnings INTERFACE -Wno-maybe-uninitialized -Wno-uninitialized)
  endif()
endif()

# Several sources as one compile in a third of the time. Without GATESCOPE_UNITY, as in the preset debug, each is compiled
# by itself: then what a file does not include is found out.
if(NOT GATESCOPE_UNITY_BATCH MATCHES "^[1-9][0-9]*$")
  message(FATAL_ERROR "GATESCOPE_UNITY_BATCH is '${GATESCOPE_UNITY_BATCH}', expected a whole number from 1, for example 16")
endif()
if(GATESCOPE_UNITY)
  set(CMAKE_UNITY_BUILD ON)
  set(CMAKE_UNITY_BUILD_BATCH_SIZE ${GATESCOPE_UNITY_BATCH})
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")  # takes the sources that are brought together for headers
    add_compile_options(-Wno-subobject-linkage)
  endif()
endif()
