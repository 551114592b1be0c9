# Compile options every target of ours shares.

# Assertions name their files without the folder of the build machine. A release has none.
if(NOT MSVC AND NOT CMAKE_BUILD_TYPE STREQUAL "Release")
  add_compile_options(-fmacro-prefix-map=${PROJECT_SOURCE_DIR}/=)
endif()

if(GATESCOPE_SANITIZE)
  add_compile_options(-fsanitize=${GATESCOPE_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${GATESCOPE_SANITIZE})
endif()

# The fuzzers are guided by what they reach in the library, so all of it is instrumented.
if(GATESCOPE_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
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

# Several sources as one: sanitizers and fuzzers compile in half the time. A release compiles each by itself, so that
# what a file does not include is found out; its tests too, unless GATESCOPE_UNITY_TESTS is on, as in scripts/test.
function(gatescope_unity target)
  set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 8)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")  # takes the sources that are brought together for headers
    target_compile_options(${target} PRIVATE -Wno-subobject-linkage)
  endif()
endfunction()

function(gatescope_unity_library target)
  if(GATESCOPE_SANITIZE)
    gatescope_unity(${target})
  endif()
endfunction()

function(gatescope_unity_tests target)
  if(GATESCOPE_SANITIZE OR GATESCOPE_UNITY_TESTS)
    gatescope_unity(${target})
  endif()
endfunction()
